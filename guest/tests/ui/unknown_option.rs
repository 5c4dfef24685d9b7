use aingle_wasm_guest::prelude::*;

#[entry(fast)]
fn echo(input: &[u8]) -> &[u8] {
    input
}

fn main() {}
