//! Says the weather in a sentence, by a BME280.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use aingle_wasm_guest::hal::{Delay, Error, I2c};
use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;
use bme280::i2c::BME280;

aingle_wasm_guest::panic_handler!();

/// As in "21 degrees, 653 hPa, 40 % humid: a storm".
#[entry]
fn weather(_input: &[u8]) -> Result<Vec<u8>, Error> {
    let (mut sensor, mut delay) = (BME280::new_primary(I2c::open("sensors")?), Delay::open("delay")?);
    sensor.init(&mut delay).map_err(failed)?;
    let measured = sensor.measure(&mut delay).map_err(failed)?;
    let pressure = (measured.pressure / 100.0) as i32;
    let mut text = Vec::new();
    for (value, unit) in [
        (measured.temperature as i32, &b" degrees, "[..]),
        (pressure, b" hPa, "),
        (measured.humidity as i32, b" % humid: "),
    ] {
        text.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        text.extend_from_slice(unit);
    }
    text.extend_from_slice(match pressure {
        ..980 => b"a storm",
        980..1000 => b"rain",
        1000..1020 => b"a change",
        _ => b"fair",
    });
    Ok(text)
}

fn failed(error: bme280::Error<Error>) -> Error {
    match error {
        bme280::Error::Bus(error) => error,
        _ => Error::Other,
    }
}
