use aingle_wasm_guest::prelude::*;

#[entry]
fn __aingle_mine(input: &[u8]) -> &[u8] {
    input
}

fn main() {}
