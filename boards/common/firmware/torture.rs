//! The binary `torture` of every emulated board: feeds it what should reset it, for as long as it is told, and ends.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::{
    Heap,
    emulated::{entry, torture},
};

#[global_allocator]
static HEAP: Heap<{ 64 << 10 }> = Heap::new();

#[entry]
fn main() -> ! {
    torture::run(|| HEAP.stats())
}
