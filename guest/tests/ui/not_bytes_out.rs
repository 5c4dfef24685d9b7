use aingle_wasm_guest::prelude::*;

#[entry]
fn count(input: &[u8]) -> Result<usize, &'static str> {
    Ok(input.len())
}

fn main() {}
