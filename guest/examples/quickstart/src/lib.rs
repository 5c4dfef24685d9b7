//! An entry written by hand, without the attribute.

use aingle_wasm_guest::prelude::*;

// Define host functions to import
host_externs!(__my_host_fn);

// Entry point function
#[no_mangle]
pub extern "C" fn my_function(ptr: u32, len: u32) -> u64 {
    // Decode input from host
    let input = match host_args(ptr, len) {
        Ok(bytes) => bytes,
        Err(e) => return return_err(b"failed to decode input"),
    };

    // Process...
    let output = process(input);

    // Return result to host
    return_ok(&output)
}

fn process(input: &[u8]) -> Vec<u8> {
    match __my_host_fn(input) {
        Ok(reply) => reply.to_vec(),
        Err(error) => error.as_ref().to_vec(),
    }
}
