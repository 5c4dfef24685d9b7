use aingle_wasm_guest::prelude::*;

#[entry]
fn change(input: &mut [u8]) -> &[u8] {
    input
}

fn main() {}
