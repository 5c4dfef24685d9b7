//! Fades a lamp in and out, with a light that says when.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::hal::embedded_hal::{delay::DelayNs, digital::OutputPin, pwm::SetDutyCycle};
use aingle_wasm_guest::hal::{Delay, Error, Output, Pwm};
use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

/// Up and down once for each byte of the request.
#[entry]
fn fade(input: &[u8]) -> Result<&[u8], Error> {
    let (mut led, mut lamp, mut delay) = (Output::open("led")?, Pwm::open("lamp")?, Delay::open("delay")?);
    for _ in input {
        led.set_high()?;
        for percent in (0..=100).step_by(25).chain((0..100).rev().step_by(25)) {
            lamp.set_duty_cycle_percent(percent)?;
            delay.delay_ms(20);
        }
        lamp.set_duty_cycle_fully_off()?;
        led.set_low()?;
    }
    Ok(b"dark again")
}
