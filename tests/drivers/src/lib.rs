//! Published drivers, unchanged, on the SDK's types: each is set up, and does what it is for.
//!
//! That they compile is the test; the entries keep the compiler from leaving them out.
#![no_std]

use aingle_wasm_guest::hal::Error;
use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

mod air;
mod boards;
mod motion;
mod temperature;
mod time;

/// Does what the drivers of a group do.
#[entry]
fn drive(group: &[u8]) -> Result<&[u8], Error> {
    match group {
        b"air" => air::all(),
        b"boards" => boards::all(),
        b"motion" => motion::all(),
        b"temperature" => temperature::all(),
        b"time" => time::all(),
        _ => Err(Error::Argument),
    }?;
    Ok(b"done")
}

/// Forgets what a driver gives, and why it failed.
fn did<T, E>(result: Result<T, E>) -> Result<(), Error> {
    result.map(drop).map_err(|_| Error::Other)
}
