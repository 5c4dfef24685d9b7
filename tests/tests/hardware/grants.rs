//! What a guest was granted, and what it was not.

use aingle_wasm::hardware::{Bench, Fitting, Terms};
use aingle_wasm_core::{
    engine::Value,
    error::{Error, Trap},
    hal::{Code, Grants, Hardware as _, Kind},
};
use libtest_mimic::Failed;

use crate::{Desk, call, module, same, start, tries::registers, wants};

pub fn what_is_not_granted_is_refused_at_load<E: Desk>(engine: E) -> Result<(), Failed> {
    let wasm = module("thermostat")?;
    let bench = Bench::empty();
    let refused = |text| -> Result<Option<Error>, Failed> {
        Ok(start(engine.clone(), &wasm, 0, Terms::read(text)?, &bench).err())
    };
    same(refused("output = [\"led\"]\n[i2c.sensors]\naddresses = []")?, None)?;
    for text in ["", "output = [\"led\"]", "input = [\"led\"]\n[i2c.sensors]\naddresses = [0x48]"] {
        let import = refused(text)?;
        let is_import = matches!(import, Some(Error::Import(_)));
        if !is_import {
            return Err(format!("{text}: {import:?}").into());
        }
    }
    Ok(())
}

pub fn addresses_and_speed_are_granted<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = || Bench::mock("[output.led]\n[i2c.sensors]\nhz = 100_000");
    let foreign = Terms::read("output = [\"led\"]\n[i2c.sensors]\naddresses = [0x49, 0x47]")?;
    let slow = Terms::read("output = [\"led\"]\n[i2c.sensors]\naddresses = [0x48]\nmax_hz = 99_999")?;
    for grants in [foreign, slow] {
        let bench = bench()?;
        let mut guest = start(engine.clone(), &module("thermostat")?, 0, grants, &bench)?;
        for times in 1..4 {
            same(call(&mut guest, "control", b"")?, Err("not granted".to_owned()))?;
            let counted = guest.with_state(|machine| machine.account().refused(Code::NotGranted));
            same(counted, Some(times))?;
            same(guest.denied_calls(), 1)?;
        }
        same(bench.unmet(), None)?;
    }
    let given = Bench::mock("[i2c.sensors]\n[grants.i2c.sensors]\naddresses = [0x49]")?;
    let refusal = Fitting::new(&wants("thermostat")?, given).err().unwrap_or_default();
    let sentence =
        "the guest wants what is not given here: output.led, i2c.sensors with 0x48 at 400000 Hz at most;";
    same(refusal.starts_with(sentence), true)?;
    // A slow bus is as good as a fast one, and a fast one is refused when it is opened.
    let slow = Bench::mock(
        "[output.led]\n[i2c.sensors]\nhz = 100_000\n[grants]\noutput = [\"led\"]\n\
                            i2c.sensors = { addresses = [0x48], max_hz = 100_000 }",
    )?;
    same(Fitting::new(&wants("thermostat")?, slow).is_ok(), true)
}

pub fn a_wait_ends_at_its_grant<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock("delay = [\"delay\"]\n[output.led]\n[pwm.lamp]\nmax = 100")?;
    let wants = wants("blinker")?;
    let terms = |millis: u32| {
        Terms::read(&format!("output = [\"led\"]\npwm = [\"lamp\"]\n[delay.delay]\nmax_ms = {millis}"))
    };
    let calls = |grants: Grants| -> Result<_, Failed> {
        let mut guest = start(engine.clone(), &module("blinker")?, 0, grants, &bench)?;
        Ok(call(&mut guest, "fade", b"!"))
    };
    same(calls(wants)?, Ok(Ok(b"dark again".to_vec())))?;
    // It waits for 20 ms, in pieces.
    same(calls(terms(10)?)?, Ok(Ok(b"dark again".to_vec())))?;
    same(calls(terms(9)?)?, Err(Error::Trap(Trap::Unreachable)))
}

/// Else the run would end for want of fuel, and nobody would know of the refusal.
pub fn a_refused_wait_costs_no_time<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock("delay = [\"delay\"]\nclock = [\"clock\"]")?;
    let grants = Terms::read("clock = [\"clock\"]\n[delay.delay]\nmax_ms = 1")?;
    let mut guest = start(engine, &wat::parse_str(WAITS)?, 0, grants, &bench)?;
    for (handle, kind, name) in [(0, Kind::Delay, 0), (1, Kind::Clock, 5)] {
        let opened = guest.invoke("open", &registers(&[kind.number(), name, 5]), MILLISECOND)?;
        same(&opened[..], &[Value::I32(handle)])?;
    }
    let mut waited = |arguments: [u32; 3]| -> Result<_, Failed> {
        let answer = guest.invoke("delay", &registers(&arguments), MILLISECOND)?;
        Ok((answer[0], guest.fuel_used(), guest.denied_calls()))
    };
    let (granted, fuel, _) = waited([0, 1_000_000, 0])?;
    same(granted, Value::I32(0))?;
    let call = fuel - 1000;
    for (arguments, code) in [
        ([0, 1_000_001, 0], Code::NotGranted),
        ([0, 0, 1], Code::NotGranted),
        ([0, u32::MAX, u32::MAX], Code::NotGranted),
        // A clock, and nothing at all.
        ([1, 0, 1], Code::NoSuchResource),
        ([2, 1_000_000, 0], Code::NoSuchResource),
    ] {
        same(waited(arguments)?, (Value::I32(code.to_guest() as u32), call, 1))?;
    }
    same(guest.with_state(|machine| machine.account().refused(Code::NotGranted)), Some(3))
}

const WAITS: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "delay" (func $delay (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "delayclock")
    (func (export "open") (param i32 i32 i32) (result i32)
        (call $open (local.get 0) (local.get 1) (local.get 2)))
    (func (export "delay") (param i32 i32 i32) (result i32)
        (call $delay (local.get 0) (local.get 1) (local.get 2))))"#;

/// Units of fuel that a wait of a millisecond has with room to spare.
const MILLISECOND: u64 = 2000;
