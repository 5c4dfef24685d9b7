use aingle_wasm_guest::prelude::*;

#[entry]
fn backwards<'a>(arena: &'a Arena, input: &'a [u8]) -> &'a [u8] {
    input
}

fn main() {}
