//! Counts the instructions that exact fuel takes on this machine: those of metered calls and of the check.
#![no_std]
#![no_main]

extern crate alloc;

mod engine;
#[path = "../machine.rs"]
mod machine;
mod measure;

use aingle_wasm_boards_common::emulated::entry;
use aingle_wasm_fuel::{Profile, check};

#[entry]
fn main() -> ! {
    measure::run(|wasm| check(wasm, &Profile::DEVICE).is_ok())
}
