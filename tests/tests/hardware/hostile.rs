//! A guest that tries everything: what it was not granted is refused, counted, and touches nothing.

use std::collections::BTreeMap;

use aingle_wasm::hardware::{Bench, Terms};
use aingle_wasm_core::{
    engine::Value,
    error::{Error, Fault, Trap},
    hal::{Code, Hardware as _, Kind},
};
use libtest_mimic::Failed;

use crate::{
    Desk, PLENTY, same, start,
    tries::{BUS, GRANTS, GUEST, PIN, draw, refusal, registers},
};

/// There is more on the bench than is granted, and nothing is expected: what came would be seen.
const BENCH: &str = r#"
    output.led = { expect = [] }
    output.lamp = { expect = [] }
    input.button = { levels = [1] }
    i2c.sensors = { transactions = [] }
    i2c.other = { transactions = [] }"#;

pub fn ten_thousand_calls<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock(BENCH)?;
    let mut guest = start(engine, &wat::parse_str(GUEST)?, 0, Terms::read(GRANTS)?, &bench)?;
    let mut numbers = fastrand::Rng::with_seed(7);
    let mut expected = BTreeMap::new();
    for round in 0..CALLS {
        // Bus and pin are opened half-way, so that their handles are among the good ones from then on.
        if round == CALLS / 2 {
            for (handle, kind, (name, len)) in [(0, Kind::I2c, BUS), (1, Kind::Output, PIN)] {
                let opened = guest.invoke("open", &registers(&[kind.number(), name, len]), PLENTY)?;
                same(&opened[..], &[Value::I32(handle)])?;
            }
        }
        let (function, arguments) = draw(&mut numbers);
        let opened = if round < CALLS / 2 { 0 } else { 2 };
        let Some(code) = refusal(function, &arguments, opened) else { continue };
        let answer = guest.invoke(function, &registers(&arguments), ANY)?;
        let Some(Value::I32(answer)) = answer.first() else { return Err("no answer".into()) };
        if *answer as i32 != code.to_guest() {
            return Err(format!("{function}{arguments:?}: {}, not {code:?}", *answer as i32).into());
        }
        *expected.entry(code as u8).or_insert(0) += 1;
    }
    for (code, times) in &expected {
        let code = Code::from_code(*code).ok_or("a code")?;
        same(guest.with_state(|machine| machine.account().refused(code)), Some(*times))?;
    }
    println!("{expected:?}");
    same(expected.len() >= 4 && expected.values().sum::<u32>() >= REFUSED, true)?;
    same(bench.unmet(), None)
}

/// A guest whose allocator, which its host asks for room for a reply, waits and drives a pin.
pub fn hardware_within_the_allocator<E: Desk>(engine: E) -> Result<(), Failed> {
    let grants = Terms::read("output = [\"led\"]\n[delay.delay]\nmax_ms = 1")?;
    for act in [
        "(call $pin_set (i32.const 0) (i32.const 1))",
        "(call $delay (i32.const 0) (i32.const 9) (i32.const 0))",
    ] {
        let wasm = wat::parse_str(format!(
            r#"(module
                (import "env" "__my_host_fn" (func $ask (param i32 i32) (result i64)))
                (import "aingle_hal" "pin_set" (func $pin_set (param i32 i32) (result i32)))
                (import "aingle_hal" "delay" (func $delay (param i32 i32 i32) (result i32)))
                (memory (export "memory") 1 1)
                (func (export "__aingle_guest_allocate") (param i32) (result i32) (drop {act}) (i32.const 64))
                (func (export "ask") (result i64) (call $ask (i32.const 0) (i32.const 0))))"#
        ))?;
        let mut guest = start(engine.clone(), &wasm, 0, grants.clone(), &Bench::mock(BENCH)?)?;
        let mut ends = Vec::new();
        for fuel in 0..2000 {
            ends.push(guest.invoke("ask", &[], fuel).err().ok_or("it came to its end")?);
        }
        ends.dedup();
        same(&ends[..], &[Error::Trap(Trap::OutOfFuel), Error::Trap(Trap::Host(Fault::Reentry))])?;
    }
    Ok(())
}

const CALLS: u32 = 12_000;

/// Those of them that are refused, at least.
const REFUSED: u32 = 10_000;

/// Whatever a call claims to send or receive.
const ANY: u64 = u64::MAX / 2;
