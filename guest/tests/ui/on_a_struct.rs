use aingle_wasm_guest::prelude::*;

#[entry]
struct Echo;

fn main() {}
