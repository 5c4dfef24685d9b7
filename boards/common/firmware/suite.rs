//! The binary `suite` of every emulated board: runs the cases of `tests` there and ends.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::{
    Heap,
    emulated::{entry, suite},
};

#[global_allocator]
static HEAP: Heap<{ 8 << 20 }> = Heap::new();

#[entry]
fn main() -> ! {
    suite::run(|| HEAP.stats())
}
