//! A fenced guest does what it did, for less where it skips much.

mod support;

use std::borrow::Cow;

use aingle_wasm_fuel::{Profile, canonicalise, check, fence, regions, spec::Spec};
use support::{
    KERNELS,
    smith::{self, Numbers},
    twin::{Trace, Twin, val},
};
use wasmi::Val;

const PLENTY: u64 = 100_000_000;

fn run(wasm: &[u8], entry: &str, arguments: &[Val]) -> Trace {
    Twin::new(wasm, &Spec::V1).unwrap().start().unwrap().call(entry, arguments, PLENTY)
}

/// An interpreter of 16 instructions, each a chain of arithmetic, in a loop over `n` steps.
fn interpreter() -> Vec<u8> {
    let arms = 16;
    let mut text = String::from(
        r#"(module (func (export "run") (param $n i32) (result i32) (local $x i32) (local $step i32)
        (block $done (loop $turn
        (br_if $done (i32.ge_u (local.get $step) (local.get $n)))
        (block $next"#,
    );
    text.extend((0..arms).map(|arm| format!("(block $a{arm} ")));
    text.push_str("(block $none (br_table");
    text.extend((0..arms).map(|arm| format!(" $a{}", arms - 1 - arm)));
    text.push_str(" $none (i32.and (local.get $x) (i32.const 15))))");
    for arm in (0..arms).rev() {
        text.push_str(") ");
        for number in 1..5 {
            let sum = format!("(i32.add (i32.mul (local.get $x) (i32.const {number})) (i32.const {arm}))");
            text.push_str(&format!("(local.set $x (i32.xor {sum} (local.get $step)))"));
        }
        text.push_str("(br $next)");
    }
    text.push_str(
        ") (local.set $step (i32.add (local.get $step) (i32.const 1))) (br $turn))) (local.get $x)))",
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn an_interpreter_pays_for_the_instructions_that_it_runs() {
    let guest = interpreter();
    let fenced = fence(&guest, &Spec::V1).unwrap();
    let (before, after) = (run(&guest, "run", &[Val::I32(1_000)]), run(&fenced, "run", &[Val::I32(1_000)]));
    assert_eq!(before.outcome, after.outcome);
    let (before, after) = (PLENTY - before.fuel, PLENTY - after.fuel);
    println!("{before} before, {after} after");
    assert!(after * 5 < before, "{before} before, {after} after");

    let (before, after) = (regions(&guest, &Spec::V1).unwrap(), regions(&fenced, &Spec::V1).unwrap());
    println!("{before:?} before, {after:?} after");
    assert!(after.regions > before.regions && after.over_charge * 5 < before.over_charge);
}

#[test]
fn six_kernels_give_their_results_for_about_the_same_fuel() {
    let fenced = fence(KERNELS, &Spec::V1).unwrap();
    for (name, argument) in
        [("fib", 20), ("sieve", 8_192), ("matmul", 16), ("crc", 4_096), ("sort", 512), ("sha", 2_048)]
    {
        let (before, after) =
            (run(KERNELS, name, &[Val::I32(argument)]), run(&fenced, name, &[Val::I32(argument)]));
        assert_eq!(before.outcome, after.outcome);
        let (before, after) = (PLENTY - before.fuel, PLENTY - after.fuel);
        println!("{name}: {before} before, {after} after");
        assert!(after < before + before / 4, "{name}: {before} before, {after} after");
    }
}

#[test]
fn nothing_to_skip_is_nothing_to_fence() {
    let plain = wat::parse_str(
        r#"(module (func (export "run") (param i32) (result i32)
            (i32.mul (i32.add (local.get 0) (i32.const 1)) (i32.add (local.get 0) (i32.const 2)))))"#,
    )
    .unwrap();
    assert!(matches!(fence(&plain, &Spec::V1).unwrap(), Cow::Borrowed(_)));
}

#[test]
fn random_guests_stay_valid_and_do_the_same_and_are_not_fenced_twice() {
    let (mut ran, mut fenced) = (0, 0);
    let programs = std::env::var("PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(400);
    let mut seed = 0;
    while ran < programs {
        seed += 1;
        let Some(wasm) = smith::module(seed) else { continue };
        let Ok(wasm) = canonicalise(&wasm) else { continue };
        ran += 1;
        let copy = fence(&wasm, &Spec::V1).unwrap();
        assert_eq!(fence(&copy, &Spec::V1).unwrap(), copy, "seed {seed}");
        if copy == wasm {
            continue;
        }
        fenced += 1;
        assert_eq!(check(&copy, &Profile::SERVER), Ok(()), "seed {seed}");
        let (Some(before), Some(after)) = (Twin::new(&wasm, &Spec::V1), Twin::new(&copy, &Spec::V1)) else {
            continue;
        };
        let (Some(mut before), Some(mut after)) = (before.start(), after.start()) else { continue };
        let mut numbers = Numbers(seed);
        for (name, parameters) in before.entries() {
            let arguments: Vec<_> = parameters.iter().map(|&ty| val(ty, numbers.next() % 99)).collect();
            let (before, after) =
                (before.call(&name, &arguments, 100_000), after.call(&name, &arguments, 100_000));
            if before.fuel > 50_000 && after.outcome != Err(wasmi::TrapCode::OutOfFuel) {
                assert_eq!((before.outcome, before.globals), (after.outcome, after.globals), "seed {seed}");
            } else {
                break;
            }
        }
    }
    println!("{fenced} of {ran} fenced");
    assert!(fenced > 0);
}
