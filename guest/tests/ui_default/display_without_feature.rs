use aingle_wasm_guest::prelude::*;

#[entry(display)]
fn parse(input: &[u8]) -> Result<Vec<u8>, core::str::Utf8Error> {
    core::str::from_utf8(input).map(|text| text.to_uppercase().into_bytes())
}

fn main() {}
