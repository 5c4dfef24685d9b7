//! Does one thing as often as the request's first byte says, once or nine times in each turn of a loop: what it costs to
//! drive hardware from a guest is the difference, without the loop.
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
    for _ in 0..turns(input) {
        led.toggle()?;
    }
    Ok(b"")
}

/// Toggles a pin nine times.
#[entry]
fn pin_nine(input: &[u8]) -> Result<&[u8], Error> {
    let mut led = Output::open("led")?;
    for _ in 0..turns(input) {
        nine!(led.toggle()?);
    }
    Ok(b"")
}

/// Reads a register of two bytes.
#[entry]
fn bus(input: &[u8]) -> Result<[u8; 2], Error> {
    let (mut bus, mut register) = (I2c::open("sensors")?, [0; 2]);
    for _ in 0..turns(input) {
        bus.write_read(0x48, &[0], &mut register)?;
    }
    Ok(register)
}

/// Reads a register of two bytes nine times.
#[entry]
fn bus_nine(input: &[u8]) -> Result<[u8; 2], Error> {
    let (mut bus, mut register) = (I2c::open("sensors")?, [0; 2]);
    for _ in 0..turns(input) {
        nine!(bus.write_read(0x48, &[0], &mut register)?);
    }
    Ok(register)
}

fn turns(input: &[u8]) -> u32 {
    input.first().map_or(1, |turns| u32::from(*turns))
}

macro_rules! nine {
    ($act:expr) => {
        ($act, $act, $act, $act, $act, $act, $act, $act, $act)
    };
}
use nine;
