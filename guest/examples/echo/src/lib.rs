//! Gives back what it is sent.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

/// The request is the reply: lent from where the host put it, never copied.
#[entry]
fn echo(input: &[u8]) -> &[u8] {
    input
}
