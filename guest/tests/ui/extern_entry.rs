use aingle_wasm_guest::prelude::*;

#[entry]
extern "C" fn raw(input: &[u8]) -> Result<&[u8], &[u8]> {
    Ok(input)
}

fn main() {}
