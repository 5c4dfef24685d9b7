use aingle_wasm_guest::prelude::*;

#[entry]
fn forget(input: &[u8]) {
    let _ = input;
}

fn main() {}
