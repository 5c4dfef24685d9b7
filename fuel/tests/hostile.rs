//! The check is total: whatever the bytes, it answers, and takes no more than the profile allows.

#[path = "support/metered.rs"]
mod metered;

use aingle_wasm_fuel::{Profile, Refusal, Rule, check};
use proptest::prelude::*;
use wasmi::Module;

fn refusal(wasm: &[u8]) -> Result<(), Refusal> {
    check(wasm, &Profile::DEVICE)
}

fn rule(text: &str) -> Rule {
    refusal(&wat::parse_str(text).unwrap()).unwrap_err().rule
}

/// A module of one section, as it stands.
fn section(id: u8, rest: &[u8]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0", [id].as_slice(), rest].concat()
}

/// Uses as much of the format as guests may.
fn guest() -> Vec<u8> {
    wat::parse_str(
        r#"(module
        (import "env" "host" (func $host (param i32 i32) (result i64)))
        (memory (export "memory") 1000 1000 (pagesize 1))
        (table 3 funcref)
        (global $stack (mut i32) (i32.const 1000))
        (global $constant f64 (f64.const 0.5))
        (elem (i32.const 1) $run $host)
        (func $run (export "run") (param i32 i64) (result i32 i64) (local f32 f64)
            (block $out (result i32 i64)
                (loop $again
                    (br_if $out (local.get 0) (local.get 1) (i64.eqz (local.get 1)))
                    (drop) (drop)
                    (local.set 0 (i32.div_s (local.get 0) (i32.const 10)))
                    (block $on (br_table $again $on $on (local.tee 0 (i32.load offset=8 (global.get $stack))))))
                (if (result i32) (f64.lt (global.get $constant) (local.get 3))
                    (then (i32.const -5)) (else (memory.grow (i32.const 0))))
                (call $host (i32.const 1) (i32.const 2))))
        (func (call_indirect (param i32 i32) (result i64) (i32.const 0) (i32.const 0) (i32.const 2)) (drop)
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)))
        (data (i32.const 8) "hello"))"#,
    )
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn random_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), id in 0..14_u8) {
        let wasm = [section(id, &[bytes.len() as u8 & 0x7f]), bytes].concat();
        if let Err(refusal) = refusal(&wasm) {
            prop_assert!(refusal.offset as usize <= wasm.len());
        }
    }

    #[test]
    fn a_damaged_guest_is_answered_and_stops_no_engine(
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut wasm = guest();
        for (place, byte) in damage {
            let place = place.index(wasm.len());
            wasm[place] = byte;
        }
        match refusal(&wasm) {
            Err(refusal) => prop_assert!(refusal.offset as usize <= wasm.len()),
            // What is accepted may be invalid; the engine then says so, and does not panic.
            Ok(()) => drop(Module::new(&metered::engine(None), &wasm)),
        }
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_is_answered() {
    let wasm = guest();
    assert_eq!(refusal(&wasm), Ok(()));
    for len in 0..wasm.len() {
        let _ = refusal(&wasm[..len]);
    }
    for bit in 0..wasm.len() * 8 {
        let mut wasm = wasm.clone();
        wasm[bit / 8] ^= 1 << (bit % 8);
        let _ = refusal(&wasm);
    }
}

#[test]
fn fault_21_lying_lengths_overlong_numbers_and_floods_of_custom_sections() {
    const HUGE: &[u8] = b"\xff\xff\xff\xff\x0f";
    const OVERLONG: &[u8] = b"\x80\x80\x80\x80\x80\x00";
    for id in 0..14 {
        assert_eq!(refusal(&section(id, HUGE)).unwrap_err().rule, Rule::Malformed, "section {id}");
        assert_eq!(refusal(&section(id, OVERLONG)).unwrap_err().rule, Rule::Number, "section {id}");
    }
    // Counts and lengths within sections.
    for id in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11] {
        assert!(refusal(&section(id, &[&[5], HUGE].concat())).is_err(), "entries of section {id}");
    }
    let body = [b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x06\x01", HUGE].concat();
    let body = [&b"\0asm\x01\0\0\0"[..], &body].concat();
    assert_eq!(refusal(&body).unwrap_err().rule, Rule::Malformed, "a body");
    let data = [&section(5, b"\x03\x01\0\x01")[..], b"\x0b\x0a\x01\0\x41\0\x0b", HUGE].concat();
    assert_eq!(refusal(&data).unwrap_err().rule, Rule::Malformed, "a data segment");

    let flood = [b"\0asm\x01\0\0\0".to_vec(), b"\0\x01\0".repeat(1 << 20)].concat();
    assert_eq!(refusal(&flood), Ok(()));
    let large = [section(0, b"\x80\x80\x80\x08\0"), vec![0; Profile::DEVICE.module as usize]].concat();
    assert_eq!(refusal(&large).unwrap_err().rule, Rule::ModuleSize);
}

#[test]
fn fault_22_giant_counts() {
    let locals = b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b";
    let locals = [&b"\0asm\x01\0\0\0"[..], locals].concat();
    assert_eq!(refusal(&locals).unwrap_err().rule, Rule::Locals);
    // Twice 2^31 locals wrap to none.
    let twice = b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x10\x01\x0e\x02\x80\x80\x80\x80\x08\x7f\x80\x80\x80\x80\x08\x7f\x0b";
    let twice = [&b"\0asm\x01\0\0\0"[..], twice].concat();
    assert_eq!(refusal(&twice).unwrap_err().rule, Rule::Locals);

    assert_eq!(rule("(module (table 0x80000000 funcref))"), Rule::TableSize);
    assert_eq!(rule(&format!("(module {})", "(func)".repeat(100_000))), Rule::Functions);
    let targets = format!("(module (func (param i32) (br_table {} (local.get 0))))", "0 ".repeat(100_000));
    assert_eq!(rule(&targets), Rule::Targets);
    let blocks = format!("(module (func {} {}))", "block ".repeat(10_000), "end ".repeat(10_000));
    assert_eq!(rule(&blocks), Rule::Nesting);
    let operands = format!("(module (func (result i32) {} unreachable))", "i32.const 1 ".repeat(10_000));
    assert_eq!(rule(&operands), Rule::Operands);
    let body = format!("(module (func {}))", "nop ".repeat(1 << 20));
    assert_eq!(rule(&body), Rule::BodySize);
}

/// Each count is within its limit; compilers take minutes for what comes of them together.
#[test]
fn fault_22_many_branches_among_many_locals() {
    let tangled = |tables: usize| {
        let table = format!(
            "block local.get 0 br_table {} 0 end ",
            (0..1024).map(|to| format!("{} ", to % 500)).collect::<String>()
        );
        format!(
            "(module (func (param i32) (local {}) {} {} {}))",
            "i32 ".repeat(500),
            "block ".repeat(500),
            table.repeat(tables),
            "end local.get 0 local.set 7 ".repeat(500),
        )
    };
    assert_eq!(rule(&tangled(1)), Rule::Complexity);
    assert_eq!(rule(&format!("(module (func {}))", "(loop)".repeat(2_731))), Rule::Complexity);
    let wide = "(param i32)".repeat(16) + &"(result i32)".repeat(16);
    let calls = "call $wide ".repeat(8_193);
    let text = format!(
        "(module (func $wide {wide} unreachable) (func {wide} {} {calls}))",
        "local.get 0 ".repeat(16)
    );
    assert_eq!(rule(&text), Rule::Complexity);
}

#[test]
fn fault_27_many_parameters_or_results() {
    let parameters = |count| format!("(module (type (func {})))", "(param i64)".repeat(count));
    let results = |count| format!("(module (type (func {})))", "(result i64)".repeat(count));
    assert_eq!(rule(&parameters(129)), Rule::Parameters);
    assert_eq!(rule(&parameters(33)), Rule::Parameters);
    assert_eq!(rule(&results(129)), Rule::Results);
    assert_eq!(rule(&results(17)), Rule::Results);
    assert_eq!(refusal(&wat::parse_str(parameters(32)).unwrap()), Ok(()));
    assert_eq!(refusal(&wat::parse_str(results(16)).unwrap()), Ok(()));
}

#[test]
fn an_engine_takes_what_is_at_the_limits() {
    let limits = Profile::DEVICE;
    let repeat = |text: &str, count: u16| text.repeat(usize::from(count));
    let types =
        "(param i64)".repeat(limits.parameters.into()) + &"(result i64)".repeat(limits.results.into());
    let operands = repeat("local.get 0 ", limits.operands) + &repeat("drop ", limits.operands);
    let nested = repeat("block ", limits.nesting) + "local.get 0 br_table ";
    let nested = nested + &repeat("1 ", limits.targets) + "0 " + &repeat("end ", limits.nesting);
    let text = format!(
        "(module (type $wide (func {types})) (table {} funcref)
            (func (type $wide) unreachable)
            (func (param i32) {} {operands})
            (func (param i32) {nested})
            (func (param i32 {}) {operands}))",
        limits.table,
        repeat("(local f64)", limits.locals - 1),
        repeat("i32 ", u16::from(limits.parameters) - 1),
    );
    let wasm = wat::parse_str(text).unwrap();
    assert_eq!(refusal(&wasm), Ok(()));
    Module::new(&metered::engine(Some(&aingle_wasm_fuel::spec::Spec::V1)), &wasm).unwrap();
}
