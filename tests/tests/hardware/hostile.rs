//! A guest that tries everything: what it was not granted is refused, counted, and touches nothing.

use std::collections::BTreeMap;

use aingle_wasm::hardware::{Bench, Terms};
use aingle_wasm_core::{
    engine::Value,
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

const CALLS: u32 = 12_000;

/// Those of them that are refused, at least.
const REFUSED: u32 = 10_000;

/// Whatever a call claims to send or receive.
const ANY: u64 = u64::MAX / 2;
