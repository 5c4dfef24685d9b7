//! Counts how often a button is pressed; every third time a light goes on until the next.
#![no_std]
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use aingle_wasm_guest::hal::embedded_hal::digital::{OutputPin, PinState};
use aingle_wasm_guest::hal::{Error, Output};
use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

/// The board calls it for each press. Those that it had to drop count, too.
#[entry]
fn pressed(event: Event<'_>) -> Result<(), Error> {
    let presses = 1 + u32::from(event.dropped);
    let count = PRESSES.fetch_add(presses, Relaxed).wrapping_add(presses);
    Output::open("led")?.set_state(PinState::from(count % EVERY == 0))
}

/// How often it was pressed: a `u32`, little-endian.
#[entry]
fn read(_input: &[u8]) -> [u8; 4] {
    PRESSES.load(Relaxed).to_le_bytes()
}

static PRESSES: AtomicU32 = AtomicU32::new(0);

/// Presses from one light to the next.
const EVERY: u32 = 3;
