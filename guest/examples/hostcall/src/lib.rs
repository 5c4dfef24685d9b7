//! Asks the host for the time, and stamps the request with it.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

aingle_wasm_guest::panic_handler!();

/// The request, followed by the second in which the host got it.
#[entry]
fn stamp(input: &[u8]) -> Result<Vec<u8>, HostError> {
    let seconds = time()? / 1_000_000;
    info!("stamped a request");
    let mut reply = Vec::with_capacity(input.len() + 32);
    reply.extend_from_slice(input);
    reply.extend_from_slice(b" at ");
    reply.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
    reply.extend_from_slice(b" s");
    Ok(reply)
}
