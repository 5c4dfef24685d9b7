use aingle_wasm_guest::prelude::*;

#[entry]
fn add(left: i32, right: i32) -> i32 {
    left + right
}

fn main() {}
