//! Tells and sets the time of a DS1307, as text: `2026-03-01 12:30:00`.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::hal::{Error, I2c};
use aingle_wasm_guest::prelude::*;
use ds1307::{DateTimeAccess, Datelike, Ds1307, NaiveDate, Timelike};

aingle_wasm_guest::panic_handler!();

/// Sets the clock to the time in the request.
#[entry]
fn set(input: &[u8]) -> Result<&[u8], Error> {
    let text: &[u8; 19] = input.try_into().map_err(|_| Error::Argument)?;
    let [year, month, day, hour, minute, second] =
        FIELDS.map(|(start, len)| number(&text[start..start + len]));
    let date = NaiveDate::from_ymd_opt(year as i32, month, day).ok_or(Error::Argument)?;
    let time = date.and_hms_opt(hour, minute, second).ok_or(Error::Argument)?;
    clock()?.set_datetime(&time).map_err(failed)?;
    Ok(b"set")
}

/// What the clock says.
#[entry]
fn now(_input: &[u8]) -> Result<[u8; 19], Error> {
    let time = clock()?.datetime().map_err(failed)?;
    let fields = [time.year() as u32, time.month(), time.day(), time.hour(), time.minute(), time.second()];
    let mut text = *b"0000-00-00 00:00:00";
    for ((start, len), mut value) in FIELDS.into_iter().zip(fields) {
        for digit in text[start..start + len].iter_mut().rev() {
            *digit += (value % 10) as u8;
            value /= 10;
        }
    }
    Ok(text)
}

fn clock() -> Result<Ds1307<I2c>, Error> {
    Ok(Ds1307::new(I2c::open("sensors")?))
}

fn failed(error: ds1307::Error<Error>) -> Error {
    match error {
        ds1307::Error::I2C(error) => error,
        ds1307::Error::InvalidInputData => Error::Argument,
    }
}

/// What is no digit makes no date, or another one.
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit.wrapping_sub(b'0')))
}

/// Where year, month, day, hour, minute and second stand, and how many digits they have.
const FIELDS: [(usize, usize); 6] = [(0, 4), (5, 2), (8, 2), (11, 2), (14, 2), (17, 2)];
