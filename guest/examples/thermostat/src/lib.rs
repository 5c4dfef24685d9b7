//! Keeps a room warm: heats below 20 degrees, by the temperature of an LM75.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::hal::embedded_hal::digital::OutputPin;
use aingle_wasm_guest::hal::{Error, I2c, Output};
use aingle_wasm_guest::prelude::*;
use lm75::{Address, Lm75};

aingle_wasm_guest::panic_handler!();

/// Reads the temperature and switches the heater: answers with thousandths of a degree, a little-endian `i32`.
#[entry]
fn control(_input: &[u8]) -> Result<[u8; 4], Error> {
    let temperature = temperature(I2c::open("sensors")?)?;
    let mut heater = Output::open("led")?;
    if temperature < 20.0 {
        heater.set_high()?;
    } else {
        heater.set_low()?;
    }
    Ok(((temperature * 1000.0) as i32).to_le_bytes())
}

fn temperature(bus: I2c) -> Result<f32, Error> {
    let mut sensor = Lm75::new(bus, Address::default());
    sensor.read_temperature().map_err(|error| match error {
        lm75::Error::I2C(error) => error,
        lm75::Error::InvalidInputData => Error::Other,
    })
}
