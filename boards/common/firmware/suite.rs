//! The binary `suite` of every emulated board: tests it as the words behind `-append` say, and ends.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::emulated::{
    entry,
    suite::{self, Failing},
};

/// As large as there is room for: modules of the core test suite have memories of pages of 64 KiB, which grow.
#[global_allocator]
static HEAP: Failing<{ 13 << 20 }> = Failing::new();

#[entry]
fn main() -> ! {
    suite::run(|| HEAP.stats())
}
