use aingle_wasm_guest::prelude::*;

fn report(count: u32) {
    info!("counted {}", count);
}

fn main() {}
