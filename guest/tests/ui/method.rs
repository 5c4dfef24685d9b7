use aingle_wasm_guest::prelude::*;

#[entry]
fn method(&self) -> &[u8] {
    &[]
}

fn main() {}
