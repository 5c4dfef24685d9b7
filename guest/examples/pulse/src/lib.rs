//! Does one thing eight times as often as the request's first byte says: what it costs to drive hardware from a guest, with
//! little of the loop around it.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::hal::embedded_hal::{digital::StatefulOutputPin, i2c::I2c as _};
use aingle_wasm_guest::hal::{Error, I2c, Output};
use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

/// Toggles a pin.
#[entry]
fn pin(input: &[u8]) -> Result<&[u8], Error> {
    let mut led = Output::open("led")?;
    for _ in 0..times(input) {
        led.toggle()?;
        led.toggle()?;
        led.toggle()?;
        led.toggle()?;
        led.toggle()?;
        led.toggle()?;
        led.toggle()?;
        led.toggle()?;
    }
    Ok(b"")
}

/// Reads a register of two bytes.
#[entry]
fn bus(input: &[u8]) -> Result<[u8; 2], Error> {
    let (mut bus, mut register) = (I2c::open("sensors")?, [0; 2]);
    for _ in 0..times(input) {
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
        bus.write_read(0x48, &[0], &mut register)?;
    }
    Ok(register)
}

fn times(input: &[u8]) -> u32 {
    input.first().map_or(1, |times| u32::from(*times))
}
