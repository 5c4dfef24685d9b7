//! A guest that tries everything: what it was not granted is refused, counted, and touches nothing.

use std::collections::BTreeMap;

use aingle_wasm::hardware::{Bench, Terms};
use aingle_wasm_core::{
    engine::Value,
    hal::{Code, Kind},
};
use libtest_mimic::Failed;

use crate::{Desk, PLENTY, same, start};

/// One page, whose first bytes are names and lists that make sense, and each function exported under its name.
const GUEST: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "pin_set" (func $pin_set (param i32 i32) (result i32)))
    (import "aingle_hal" "pin_read" (func $pin_read (param i32) (result i32)))
    (import "aingle_hal" "i2c_transaction" (func $i2c (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "led\00bus\00lamp")
    ;; At 16: a write of a byte at 8 with a read of two at 60. At 40: a read that ends past memory.
    (data (i32.const 16) "\00\00\00\00\08\00\00\00\01\00\00\00\01\00\00\00\3c\00\00\00\02\00\00\00")
    (data (i32.const 40) "\01\00\00\00\ff\ff\00\00\02\00\00\00")
    (func (export "open") (param i32 i32 i32) (result i32)
        (call $open (local.get 0) (local.get 1) (local.get 2)))
    (func (export "pin_set") (param i32 i32) (result i32) (call $pin_set (local.get 0) (local.get 1)))
    (func (export "pin_read") (param i32) (result i32) (call $pin_read (local.get 0)))
    (func (export "i2c") (param i32 i32 i32 i32) (result i32)
        (call $i2c (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"#;

/// There is more on the bench than is granted, and no transaction is expected: one that came would be seen.
const BENCH: &str = r#"
    output.led = { expect = [] }
    output.lamp = { expect = [] }
    input.button = { levels = [1] }
    i2c.bus = { transactions = [] }
    i2c.other = { transactions = [] }"#;

const GRANTS: &str = "output = [\"led\"]\n[i2c.bus]\naddresses = [0x48]";

pub fn ten_thousand_calls<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock(BENCH)?;
    let mut guest = start(engine, &wat::parse_str(GUEST)?, 0, Terms::read(GRANTS)?, &bench)?;
    let mut numbers = fastrand::Rng::with_seed(7);
    let mut expected = BTreeMap::new();
    for round in 0..CALLS {
        // The pin is opened half-way, so that its handle is one of the good ones from then on.
        if round == CALLS / 2 {
            let opened = guest.invoke("open", &registers(&[Kind::I2c as u32, 4, 3]), PLENTY)?;
            same(opened[..] == [Value::I32(0)], true)?;
        }
        let (function, arguments) = draw(&mut numbers);
        let Some(code) = refusal(function, &arguments, round >= CALLS / 2) else { continue };
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
    same(expected.len() >= 4 && expected.values().sum::<u32>() > CALLS * 9 / 10, true)?;
    same(bench.unmet(), None)
}

/// What must come of a call: a refusal, or `None` for one that would be good.
fn refusal(function: &str, arguments: &[u32], opened: bool) -> Option<Code> {
    match (function, arguments) {
        ("open", &[kind, name, len]) => {
            if Kind::from_number(kind).is_none() {
                return Some(Code::Argument);
            }
            if len > 0 && u64::from(name) + u64::from(len) > MEMORY {
                return Some(Code::Range);
            }
            let good = (kind == Kind::Output as u32 && (name, len) == (0, 3))
                || (kind == Kind::I2c as u32 && (name, len) == (4, 3));
            (!good).then_some(Code::NotGranted)
        }
        // Only the bus was opened, and it is no pin.
        ("pin_set" | "pin_read", _) => Some(Code::NoSuchResource),
        ("i2c", &[handle, address, list, count]) => {
            if handle != 0 || !opened {
                return Some(Code::NoSuchResource);
            }
            if address != 0x48 {
                return Some(Code::NotGranted);
            }
            if count > 8 {
                return Some(Code::Argument);
            }
            match (list, count) {
                (_, 0) | (16, 1 | 2) => None,
                (list, count) if u64::from(list) + 12 * u64::from(count) > MEMORY => Some(Code::Range),
                (40, 1) => Some(Code::Range),
                // Whatever bytes lie there.
                _ => None,
            }
        }
        _ => None,
    }
}

fn draw(numbers: &mut fastrand::Rng) -> (&'static str, Vec<u32>) {
    let (function, count) =
        numbers.choice([("open", 3), ("pin_set", 2), ("pin_read", 1), ("i2c", 4)]).unwrap_or(("open", 3));
    let mut number = || match numbers.u32(0..6) {
        0 => numbers.u32(..),
        1 => numbers.u32(0..10),
        2 => numbers.choice([0, 4, 8, 16, 40, 0x48, 65_530, 65_535, 65_536]).unwrap_or(0),
        3 => numbers.u32(0..128),
        4 => u32::MAX - numbers.u32(0..20),
        _ => 1,
    };
    let mut arguments: Vec<_> = (0..count).map(|_| number()).collect();
    // Else hardly a call would come as far as its ranges.
    if function == "i2c" && arguments[3] % 2 == 0 {
        arguments[..2].copy_from_slice(&[0, 0x48]);
    }
    (function, arguments)
}

fn registers(numbers: &[u32]) -> Vec<Value> {
    numbers.iter().map(|number| Value::I32(*number)).collect()
}

const CALLS: u32 = 11_000;

/// Whatever a call claims to send or receive.
const ANY: u64 = u64::MAX / 2;

/// Bytes of the guest's memory.
const MEMORY: u64 = 1 << 16;
