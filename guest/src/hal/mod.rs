//! Pins, buses and time of the host, as [embedded-hal] types: a published driver crate compiles into a guest unchanged
//! (feature `hal`).
//!
//! A resource is opened by the name that the guest's grants have for it, and its type implements embedded-hal's traits.
//! To open it again costs a call to the host and gives the same.
//!
//! ```
//! use aingle_wasm_guest::{hal, prelude::*};
//! use embedded_hal::digital::OutputPin;
//!
//! #[entry]
//! fn light(input: &[u8]) -> Result<&[u8], hal::Error> {
//!     let mut led = hal::Output::open("led")?;
//!     if input == b"on" { led.set_high()? } else { led.set_low()? }
//!     Ok(b"")
//! }
//! ```
//!
//! `NAME.grants.toml` beside the guest's module says what it wants; a host that gives less refuses the guest.
//!
//! [embedded-hal]: embedded_hal

mod bus;
mod error;
mod levels;
mod pins;
mod time;
mod uart;

pub use bus::{I2c, Spi, SpiBus};
pub use embedded_hal;
pub use embedded_io;
pub use error::Error;
pub use levels::{Adc, Pwm};
pub use pins::{Input, Output};
pub use time::{Clock, Delay};
pub use uart::Uart;

use crate::sys::hal as sys;

/// What a host knows a resource by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Handle(u32);

impl Handle {
    fn open(kind: u32, name: &str) -> Result<Self, Error> {
        answer(sys::open(kind, name)).map(Handle)
    }
}

/// A host's answer: a number, or negative for an error.
#[inline]
fn answer(answer: i32) -> Result<u32, Error> {
    if answer < 0 { Err(Error::from_answer(answer)) } else { Ok(answer as u32) }
}

/// Kinds of resources, as the ABI numbers them.
mod kind {
    pub const OUTPUT: u32 = 0;
    pub const INPUT: u32 = 1;
    pub const I2C: u32 = 2;
    pub const SPI: u32 = 3;
    pub const DELAY: u32 = 4;
    pub const CLOCK: u32 = 5;
    pub const PWM: u32 = 6;
    pub const ADC: u32 = 7;
    pub const UART: u32 = 8;
}
