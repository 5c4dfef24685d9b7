//! The binary `needs` of every emulated board: compares what guests need with what was predicted, and ends.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::{
    Heap,
    emulated::{entry, needs},
};

#[global_allocator]
static HEAP: Heap<{ 1 << 20 }> = Heap::new();

#[entry]
fn main() -> ! {
    needs::run()
}
