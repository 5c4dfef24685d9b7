//! Keeps a configuration of up to 60 bytes in an EEPROM of the type 24x32: its length, then its bytes.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use aingle_wasm_guest::hal::{Delay, Error, I2c};
use aingle_wasm_guest::prelude::*;
use alloc::{vec, vec::Vec};
use eeprom24x::{Eeprom24x, SlaveAddr, Storage};
use embedded_storage::{ReadStorage, Storage as _};

aingle_wasm_guest::panic_handler!();

/// The driver, whose type is longer than this.
macro_rules! eeprom {
    () => {
        Storage::new(Eeprom24x::new_24x32(I2c::open("sensors")?, SlaveAddr::default()), Delay::open("delay")?)
    };
}
/// Keeps the request.
#[entry]
fn put(input: &[u8]) -> Result<&[u8], Error> {
    let len = u8::try_from(input.len()).ok().filter(|len| *len <= MOST).ok_or(Error::Argument)?;
    let mut eeprom = eeprom!();
    eeprom.write(0, &[len]).map_err(failed)?;
    eeprom.write(1, input).map_err(failed)?;
    Ok(b"kept")
}

/// What was kept last.
#[entry]
fn get(_input: &[u8]) -> Result<Vec<u8>, Error> {
    let (mut eeprom, mut len) = (eeprom!(), [0]);
    eeprom.read(0, &mut len).map_err(failed)?;
    let mut kept = vec![0; len[0].min(MOST).into()];
    eeprom.read(1, &mut kept).map_err(failed)?;
    Ok(kept)
}

fn failed(error: eeprom24x::Error<Error>) -> Error {
    match error {
        eeprom24x::Error::I2C(error) => error,
        eeprom24x::Error::TooMuchData | eeprom24x::Error::InvalidAddr => Error::Argument,
    }
}

const MOST: u8 = 60;
