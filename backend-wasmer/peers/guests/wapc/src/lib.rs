//! Gives back what it is sent.

use wapc_guest::{CallResult, register_function};

#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("echo", echo);
}

fn echo(request: &[u8]) -> CallResult {
    Ok(request.to_vec())
}
