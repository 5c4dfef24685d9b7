//! Guests that share a bench.

use aingle_wasm::hardware::{Bench, Terms};
use aingle_wasm_core::{
    engine::Value,
    error::{Error, Trap},
    guest::Guest,
    hal::{Code, Kind},
};
use libtest_mimic::Failed;

use crate::{
    Desk, PLENTY, call, module, same, start,
    tries::{BUS, GRANTS, GUEST, registers},
    wants,
};

pub fn two_guests_at_one_pin<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock(
        r#"[output.led]
           [i2c.sensors]
           transactions = [
               { address = 0x48, write = "00", read = "0000" },
               { address = 0x48, write = "00", read = "1e00" },
               { address = 0x48, write = "00", read = "0000" },
           ]"#,
    )?;
    let wasm = module("thermostat")?;
    let mut first = start(engine.clone(), &wasm, 0, wants("thermostat")?, &bench)?;
    let mut second = start(engine, &wasm, 1, wants("thermostat")?, &bench)?;
    same(call(&mut first, "control", b"")?, Ok(0_i32.to_le_bytes().to_vec()))?;
    // The bus is shared, the pin is not.
    same(call(&mut second, "control", b"")?, Err("already in use".to_owned()))?;
    drop(first);
    same(call(&mut second, "control", b"")?, Ok(0_i32.to_le_bytes().to_vec()))?;
    same(bench.unmet(), None)
}

pub fn a_stuck_bus_times_out<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock(
        r#"[output.led]
           [i2c.sensors]
           transactions = [
               { address = 0x48, write = "00", read = "0000", fault = "timed_out" },
               { address = 0x48, write = "00", read = "1900" },
           ]"#,
    )?;
    let wasm = module("thermostat")?;
    let mut first = start(engine.clone(), &wasm, 0, wants("thermostat")?, &bench)?;
    same(call(&mut first, "control", b"")?, Err("timed out".to_owned()))?;
    let mut second = start(engine, &wasm, 1, wants("thermostat")?, &bench)?;
    same(call(&mut second, "control", b"")?, Ok(25_000_i32.to_le_bytes().to_vec()))
}

pub fn a_trapped_guest_keeps_what_is_its_own<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock("delay = [\"delay\"]\n[output.led]\n[pwm.lamp]\nmax = 100")?;
    let short = Terms::read("output = [\"led\"]\npwm = [\"lamp\"]\n[delay.delay]\nmax_ms = 1")?;
    let wasm = module("blinker")?;
    let mut guest = start(engine.clone(), &wasm, 0, short, &bench)?;
    let mut other = start(engine, &wasm, 1, wants("blinker")?, &bench)?;
    for _ in 0..3 {
        same(call(&mut guest, "fade", b"!"), Err(Error::Trap(Trap::Unreachable)))?;
        same(call(&mut other, "fade", b"!")?, Err("already in use".to_owned()))?;
    }
    drop(guest);
    same(call(&mut other, "fade", b"!")?, Ok(b"dark again".to_vec()))
}

pub fn handles_end_with_their_instance<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock("[output.led]\n[i2c.sensors]")?;
    let mut guest = start(engine, &wat::parse_str(GUEST)?, 0, Terms::read(GRANTS)?, &bench)?;
    let answer = |guest: &mut Guest<_, _>, export: &str, arguments: &[u32]| -> Result<i32, Failed> {
        match guest.invoke(export, &registers(arguments), PLENTY)?.first() {
            Some(Value::I32(answer)) => Ok(*answer as i32),
            other => Err(format!("{other:?} is no answer").into()),
        }
    };
    let led = [Kind::Output as u32, 0, 3];
    let bus = [Kind::I2c as u32, BUS.0, BUS.1];
    for life in 0..4 {
        same(answer(&mut guest, "pin_read", &[0])?, Code::NoSuchResource.to_guest())?;
        let [first, second] = if life % 2 == 0 { [led, bus] } else { [bus, led] };
        same(answer(&mut guest, "open", &first)?, 0)?;
        same(answer(&mut guest, "open", &second)?, 1)?;
        same(answer(&mut guest, "open", &first)?, 0)?;
        match life {
            // The first reset starts the guest afresh, later ones put it back.
            0 | 1 => guest.reset()?,
            _ => {
                same(guest.invoke("pin_read", &registers(&[1]), 1).err(), Some(Error::Trap(Trap::OutOfFuel)))?
            }
        }
    }
    Ok(())
}
