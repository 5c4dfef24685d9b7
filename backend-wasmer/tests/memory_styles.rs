//! A memory whose maximum is above the bound reserves what it holds; others reserve all that an address can reach.
//! A guest cannot tell them apart.

#![cfg(target_os = "linux")]

use std::fs;

use aingle_wasm_backend_wasmer::{Compiler, Engine, EngineConfig};
use aingle_wasm_core::{
    engine::{Limits, Value},
    error::{Error, Trap},
    guest::Guest,
};

/// One test of one process: another thread would move the figures.
#[test]
fn the_bound_decides_what_a_memory_reserves_and_nothing_else() {
    let wasm = wat::parse_str(PROGRAM).unwrap();
    for compiler in Compiler::there() {
        let load = |static_memory_bound| {
            let config = EngineConfig { compiler, static_memory_bound, ..EngineConfig::default() };
            let engine = Engine::new(config).unwrap();
            let before = reserved();
            let guest = Guest::load(engine, &wasm, Limits::SERVER, &[], ()).unwrap();
            (guest, reserved() - before)
        };
        let (mut dynamic, holds) = load(MAXIMUM - 1);
        let (mut static_, reserves) = load(MAXIMUM);
        assert!(holds < 1 << 30, "{compiler}: a dynamic memory takes {holds} bytes");
        let is_static = reserves > 8 << 30;
        assert_eq!(is_static, compiler == Compiler::Cranelift, "{compiler}: a memory takes {reserves} bytes");
        for (what, call) in CALLS.iter().enumerate() {
            let ended = ended(&mut dynamic, call);
            assert_eq!(ended, self::ended(&mut static_, call), "{compiler}: call {what}");
            assert_eq!(ended.0, call.2, "{compiler}: call {what}");
        }
    }
}

fn ended(guest: &mut Guest<Engine, ()>, call: &Call) -> (Result<u32, Error>, u64) {
    let &(export, arguments, _) = call;
    let ended = guest.invoke(export, &arguments.map(Value::I32), 1_000_000);
    let ended = ended.map(|results| match results[..] {
        [Value::I32(result)] => result,
        _ => unreachable!("every export has one result"),
    });
    (ended, guest.fuel_used())
}

/// Bytes of addresses that this process has taken.
fn reserved() -> u64 {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let range = |line: &str| {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let number = |digits| u64::from_str_radix(digits, 16).unwrap();
        number(to) - number(from)
    };
    maps.lines().map(range).sum()
}

/// Export, arguments, how it ends.
type Call = (&'static str, [u32; 2], Result<u32, Error>);

const OUTSIDE: Result<u32, Error> = Err(Error::Trap(Trap::MemoryOutOfBounds));

/// In this order, on one guest; after a trap it starts anew.
const CALLS: [Call; 12] = [
    ("store", [0, 7], Ok(7)),
    ("store", [PAGE - 4, 8], Ok(8)),
    ("store", [PAGE - 3, 9], OUTSIDE),
    ("far", [0, 7], OUTSIDE),
    ("far", [u32::MAX, 7], OUTSIDE),
    ("store", [PAGE - 4, 1], Ok(1)),
    ("grow", [1, 0], Ok(1)),
    ("load", [PAGE - 4, 0], Ok(1)),
    ("store", [2 * PAGE - 4, 5], Ok(5)),
    ("grow", [MAXIMUM, 0], Ok(u32::MAX)),
    ("grow", [MAXIMUM - 2, 0], Ok(2)),
    ("store", [MAXIMUM * PAGE - 4, 3], Ok(3)),
];

const PAGE: u32 = 1 << 16;

const MAXIMUM: u32 = 17;

const PROGRAM: &str = r#"(module (memory 1 17)
    (func (export "store") (param i32 i32) (result i32)
        (i32.store (local.get 0) (local.get 1))
        (i32.load (local.get 0)))
    (func (export "far") (param i32 i32) (result i32)
        (i32.store offset=4294967295 (local.get 0) (local.get 1))
        (i32.load (local.get 0)))
    (func (export "load") (param i32 i32) (result i32) (i32.load (local.get 0)))
    (func (export "grow") (param i32 i32) (result i32) (memory.grow (local.get 0))))"#;
