//! The same without the check, for its size alone.
#![no_std]
#![no_main]

extern crate alloc;

mod engine;
#[path = "../machine.rs"]
mod machine;
mod measure;

use aingle_wasm_boards_common::emulated::entry;

#[entry]
fn main() -> ! {
    measure::run(|_| true)
}
