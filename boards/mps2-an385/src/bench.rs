//! Counts what guests cost on this board, and ends.
#![no_std]
#![no_main]

mod machine;

use aingle_wasm_boards_common::{
    Heap,
    emulated::{bench, entry},
};
use machine::MACHINE;

/// For the largest guest that is loaded.
#[global_allocator]
static HEAP: Heap<{ 4 << 20 }> = Heap::new();

#[entry]
fn main() -> ! {
    bench::run(MACHINE, || HEAP.stats())
}
