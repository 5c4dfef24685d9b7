use aingle_wasm_guest::prelude::*;

#[entry]
unsafe fn poke(input: &[u8]) -> Result<&[u8], &[u8]> {
    Ok(input)
}

fn main() {}
