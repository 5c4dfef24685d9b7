//! The binary `compartments` of every emulated board: does to a guest what would reset a chip, and ends.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::emulated::{
    compartments::{self, Failing},
    entry,
};

#[global_allocator]
static HEAP: Failing<{ 64 << 10 }> = Failing::new();

#[entry]
fn main() -> ! {
    compartments::run(|| HEAP.stats())
}
