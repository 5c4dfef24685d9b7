use aingle_wasm_guest::prelude::*;

#[entry]
async fn fetch(input: &[u8]) -> Result<&[u8], &[u8]> {
    Ok(input)
}

fn main() {}
