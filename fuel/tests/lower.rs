//! A lowered guest does as wasmi does with fuel of its own: same results, traps, fuel, memory, host calls.

mod support;

use aingle_wasm_fuel::{
    Reason, Rule, Summary, lower,
    lower::{DEPTH, FUEL, START, STATE, call},
    spec::Spec,
};
use support::twin::{Trace, Twin};
use wasmi::{Engine, Linker, Module, Store, TrapCode, Val};

/// Charges where wasmi's table has none, and none where it has.
const ODD: Spec = Spec::V1.with_cost(0x0b, 13).with_cost(0x03, 11).with_cost(0x41, 0);
const PLENTY: u64 = 1_000_000;

/// Calls with every limit from 0 to what the call costs, each on a fresh instance.
fn sweep(text: &str, arguments: &[i32]) -> Trace {
    let wasm = wat::parse_str(format!("(module {text})")).unwrap();
    let arguments: Vec<_> = arguments.iter().map(|&value| Val::I32(value)).collect();
    sweep_with(&wasm, &arguments, &ODD);
    sweep_with(&wasm, &arguments, &Spec::V1)
}

fn sweep_with(wasm: &[u8], arguments: &[Val], spec: &Spec) -> Trace {
    let twin = Twin::new(wasm, spec).unwrap();
    let run = |fuel| twin.start().unwrap().call("run", arguments, fuel);
    let whole = run(PLENTY);
    let cost = PLENTY - whole.fuel;
    for fuel in 0..cost {
        assert_eq!(run(fuel).outcome, Err(TrapCode::OutOfFuel), "{fuel} of {cost}");
    }
    assert_eq!(run(cost).outcome, whole.outcome);
    whole
}

#[test]
fn straight_code_and_arms_and_loops_stop_at_the_same_unit() {
    let factorial = r#"(func (export "run") (param i32) (result i32) (local $product i32)
        (local.set $product (i32.const 1))
        (block $done
            (loop $turn
                (br_if $done (i32.eqz (local.get 0)))
                (if (i32.and (local.get 0) (i32.const 1))
                    (then (local.set $product (i32.mul (local.get $product) (local.get 0))))
                    (else (local.set $product (i32.add (local.get $product) (local.get 0)))))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br $turn)))
        (local.get $product))"#;
    assert_eq!(sweep(factorial, &[7]).outcome, Ok(vec![209]));
}

#[test]
fn calls_are_charged_in_the_callee_and_their_depth_is_bounded() {
    let sum = r#"(func $run (export "run") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0))
            (then (i32.const 0))
            (else (i32.add (local.get 0) (call $run (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let deepest = Spec::V1.depth() as i32 - 1;
    assert_eq!(sweep(sum, &[20]).outcome, Ok(vec![210]));
    let wasm = wat::parse_str(format!("(module {sum})")).unwrap();
    let twin = Twin::new(&wasm, &Spec::V1).unwrap();
    let mut running = twin.start().unwrap();
    assert!(running.call("run", &[Val::I32(deepest)], PLENTY).outcome.is_ok());
    let beyond = running.call("run", &[Val::I32(deepest + 1)], PLENTY);
    assert_eq!(beyond.outcome, Err(TrapCode::StackOverflow));
    assert!(running.call("run", &[Val::I32(deepest)], PLENTY).outcome.is_ok());
}

#[test]
fn a_function_gives_its_depth_back_however_it_is_left() {
    let ways = r#"(func $leaf)
        (func $leave (param i32) (result i32)
            (call $leaf)
            (block (block (block (br_table 0 1 2 (local.get 0))))
            (if (i32.eq (local.get 0) (i32.const 5)) (then (return (i32.const 50)))))
            (drop (br_if 0 (i32.const 60) (i32.eq (local.get 0) (i32.const 6))))
            (i32.const 70))
        (func (export "run") (param i32) (result i32) (local i32)
            (loop $turn
                (local.set 1 (i32.add (local.get 1) (call $leave (i32.rem_u (local.get 0) (i32.const 8)))))
                (br_if $turn (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1))"#;
    assert!(sweep(ways, &[20]).outcome.is_ok());
    let wasm = wat::parse_str(format!("(module {ways})")).unwrap();
    let twin = Twin::new(&wasm, &Spec::V1).unwrap();
    assert!(twin.start().unwrap().call("run", &[Val::I32(2_000)], PLENTY).outcome.is_ok());
}

#[test]
fn several_results_leave_by_a_return_and_by_a_branch() {
    let several = r#"(func $leaf)
        (func $pair (param i32) (result i32 i64 f32)
            (call $leaf)
            (if (local.get 0) (then (return (i32.const 1) (i64.const 2) (f32.const 3))))
            (br 0 (local.get 0) (i64.const 5) (f32.const 6)))
        (func (export "run") (param i32) (result i32 i64 f32)
            (call $pair (local.get 0)))"#;
    for argument in [0, 1] {
        assert_eq!(sweep(several, &[argument]).outcome.unwrap().len(), 3);
    }
}

#[test]
fn a_guests_own_traps_stay_what_they_are() {
    for (body, trap) in [
        ("unreachable", TrapCode::UnreachableCodeReached),
        ("(i32.div_u (local.get 0) (i32.sub (local.get 0) (local.get 0)))", TrapCode::IntegerDivisionByZero),
        (
            "(i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 2)))",
            TrapCode::IntegerOverflow,
        ),
        (
            "(i32.trunc_f32_s (f32.div (f32.convert_i32_s (local.get 0)) (f32.const 0)))",
            TrapCode::IntegerOverflow,
        ),
        ("(i32.load (i32.mul (local.get 0) (i32.const 65536)))", TrapCode::MemoryOutOfBounds),
        ("(call_indirect (type $f) (local.get 0) (local.get 0))", TrapCode::IndirectCallToNull),
        (
            "(call_indirect (type $f) (local.get 0) (i32.mul (local.get 0) (i32.const 9)))",
            TrapCode::TableOutOfBounds,
        ),
        (
            "(call_indirect (type $f) (local.get 0) (i32.sub (local.get 0) (i32.const 1)))",
            TrapCode::BadSignature,
        ),
    ] {
        let text = format!(
            r#"(type $f (func (param i32) (result i32))) (memory (export "memory") 1) (table 2 funcref)
            (elem (i32.const 0) $run) (func $run)
            (func (export "run") (param i32) (result i32) (local.set 0 (local.get 0)) {body})"#
        );
        assert_eq!(sweep(&text, &[1]).outcome, Err(trap), "{body}");
    }
}

#[test]
fn bulk_operations_are_charged_by_the_byte_after_their_bounds() {
    for pages in ["2 2", "131072 131072 (pagesize 1)"] {
        let text = format!(
            r#"(memory (export "memory") {pages}) (data (i32.const 3) "pattern")
            (func (export "run") (param i32 i32 i32)
                (memory.fill (local.get 0) (i32.const 7) (local.get 2))
                (memory.copy (local.get 0) (local.get 1) (local.get 2)))"#
        );
        for (arguments, fits) in [
            ([100, 0, 1_000], true),
            ([131_072, 131_072, 0], true),
            ([131_073, 0, 0], false),
            ([0, 131_073, 0], false),
            ([130_000, 0, 1_072], true),
            ([130_000, 0, 1_073], false),
            ([-1, 0, 1], false),
            ([0, -1, -1], false),
        ] {
            let outcome = sweep(&text, &arguments).outcome;
            assert_eq!(outcome, if fits { Ok(vec![]) } else { Err(TrapCode::MemoryOutOfBounds) });
        }
    }
}

#[test]
fn growth_is_charged_when_it_succeeds() {
    for (memory, pages, before) in [
        ("1", 1, 1),
        ("1", 0, 1),
        ("1", 15, 1),
        ("1", 16, u32::MAX),
        ("1 3", 2, 1),
        ("1 3", 3, u32::MAX),
        ("1", -1, u32::MAX),
        ("100 100 (pagesize 1)", 0, 100),
        ("100 100 (pagesize 1)", 1, u32::MAX),
    ] {
        let text = format!(
            r#"(memory (export "memory") {memory})
            (func (export "run") (param i32) (result i32 i32)
                (memory.grow (local.get 0)) (memory.size))"#
        );
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        let twin = Twin::new(&wasm, &Spec::V1).unwrap();
        let whole = twin.start().unwrap().call("run", &[Val::I32(pages)], PLENTY);
        assert_eq!(whole.outcome.as_ref().unwrap()[0], u64::from(before), "{memory} by {pages}");
        let cost = PLENTY - whole.fuel;
        for fuel in (0..64).chain(cost.saturating_sub(100)..cost) {
            let outcome = twin.start().unwrap().call("run", &[Val::I32(pages)], fuel).outcome;
            assert_eq!(outcome == Err(TrapCode::OutOfFuel), fuel < cost);
        }
    }
}

#[test]
fn host_functions_see_and_take_fuel() {
    let wasm = wat::parse_str(
        r#"(module
        (import "env" "note" (func $note (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
            (loop $turn
                (br_if $turn (call $note (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
            (local.get 0)))"#,
    )
    .unwrap();
    let twin = Twin::new(&wasm, &Spec::V1).unwrap();
    let run = |fuel| twin.start().unwrap().call("run", &[Val::I32(5)], fuel);
    assert_eq!(run(PLENTY).host.len(), 5);
    assert_eq!(run(u64::MAX).outcome, Ok(vec![0]));
    for fuel in 0..PLENTY - run(PLENTY).fuel {
        run(fuel);
    }
}

#[test]
fn what_was_there_keeps_its_place_and_charges_come_behind() {
    let wasm = wat::parse_str(
        r#"(module $named
            (@custom "aingle.guest" "\01\02\03")
            (import "env" "log" (func $log))
            (global (export "count") (mut i32) (i32.const 7))
            (func $begin (call $log))
            (start $begin)
            (@custom ".debug_line" "\00"))"#,
    )
    .unwrap();
    let lowered = lower(&wasm, &Spec::V1).unwrap();
    assert!(lowered.starts);
    let (before, after) = (Summary::read(&wasm).unwrap(), Summary::read(&lowered.wasm).unwrap());
    assert_eq!(after.imports, before.imports);
    assert!(!after.start);
    let exports: Vec<_> = after.exports.iter().map(|export| export.name.as_str()).collect();
    assert_eq!(exports, ["count", "__aingle_global_0", FUEL, DEPTH, STATE, START]);
    let sections: Vec<_> = after.custom.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(sections, ["aingle.guest", "name"]);
}

#[test]
fn an_entry_takes_fuel_and_gives_back_what_is_left() {
    let wasm = wat::parse_str(
        r#"(module
            (memory (export "memory") 1)
            (func (export "run") (export "again") (param i32 i32) (result i64)
                (memory.fill (i32.const 0) (i32.const 1) (local.get 0))
                (loop
                    (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                    (br_if 0 (local.get 1)))
                (i64.const 7))
            (func (export "other") (param i32) (result i64) (i64.const 0)))"#,
    )
    .unwrap();
    let lowered = lower(&wasm, &Spec::V1).unwrap();
    let exports = Summary::read(&lowered.wasm).unwrap().exports;
    let entries = |wanted: &str| exports.iter().position(|export| export.name == wanted).map(call);
    let callers: Vec<_> =
        exports.iter().filter(|export| export.name.starts_with("__aingle_fuel_call")).collect();
    assert!(callers.iter().map(|caller| Some(caller.name.clone())).eq(["run", "again"].map(entries)));

    let module = Module::new(&Engine::default(), &lowered.wasm).unwrap();
    let twin = Twin::new(&wasm, &Spec::V1).unwrap();
    let whole = twin.start().unwrap().call("run", &[Val::I32(640), Val::I32(3)], PLENTY);
    for fuel in (0..=PLENTY - whole.fuel).chain([PLENTY, u64::MAX]) {
        let mut store = Store::new(module.engine(), ());
        let instance = Linker::new(module.engine()).instantiate_and_start(&mut store, &module).unwrap();
        let entry = instance.get_typed_func::<(i32, i32, i64), (i64, i64)>(&store, &call(1)).unwrap();
        let called = entry.call(&mut store, (640, 3, fuel as i64));
        let expected = twin.start().unwrap().call("run", &[Val::I32(640), Val::I32(3)], fuel);
        match called {
            Ok((result, left)) => {
                assert_eq!((Ok(vec![result as u64]), left as u64), (expected.outcome, expected.fuel));
            }
            Err(_) => {
                let left = instance.get_global(&store, FUEL).unwrap().get(&store).i64().unwrap();
                assert_eq!((Err(TrapCode::OutOfFuel), left as u64), (expected.outcome, expected.fuel));
            }
        }
    }
}

#[test]
fn a_module_without_globals_or_exports_or_functions_gets_its_globals() {
    for text in [
        "",
        "(memory 1)",
        "(func)",
        "(memory 1) (data (i32.const 0) \"x\")",
        "(table 1 funcref) (func) (elem (i32.const 0) 0)",
    ] {
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        let twin = Twin::new(&wasm, &Spec::V1).unwrap();
        assert!(twin.start().is_some(), "{text}");
    }
}

#[test]
fn what_the_check_refuses_is_refused_by_its_rule() {
    for (text, rule) in [
        (r#"(func (export "__aingle_fuel_left"))"#, Rule::ReservedName),
        ("(memory 1) (memory 1)", Rule::Memories),
    ] {
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        assert_eq!(lower(&wasm, &Spec::V1).unwrap_err().reason, Reason::Refused(rule));
    }
}

#[test]
fn six_kernels_with_small_pages_use_the_same_fuel() {
    let twin = Twin::new(support::KERNELS, &Spec::V1).unwrap();
    for (name, argument) in
        [("fib", 12), ("sieve", 8_192), ("matmul", 16), ("crc", 4_096), ("sort", 512), ("sha", 2_048)]
    {
        let run = |fuel| twin.start().unwrap().call(name, &[Val::I32(argument)], fuel).outcome;
        assert!(run(PLENTY).is_ok(), "{name}");
        assert_eq!(run(777), Err(TrapCode::OutOfFuel));
    }
}
