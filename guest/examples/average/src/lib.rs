//! Values both ways: a typed entry that asks a typed host function.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

host_externs!(fn divide(dividend: u32, divisor: u32) -> u32);

/// The sum of two numbers over how many there are, as the host divides; what it refuses with is an error here too.
#[entry]
fn average(a: u32, b: u32, count: u32) -> Result<u32, HostError> {
    divide(a + b, count)
}
