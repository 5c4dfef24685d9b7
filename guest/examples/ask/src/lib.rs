//! Asks the host for what only that host can do.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::prelude::*;

aingle_wasm_guest::panic_handler!();

host_externs!(__my_host_fn);

/// The host's reply, lent from where the host put it; what the host refuses with is an error here too.
#[entry]
fn ask(input: &[u8]) -> Result<Reply, HostError> {
    __my_host_fn(input)
}
