//! The binary `conformance` of every emulated board: runs the core WebAssembly test suite there and ends.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::{
    Heap,
    emulated::{conformance, entry},
};

/// For modules that grow their memories, which are of pages of 64 KiB.
#[global_allocator]
static HEAP: Heap<{ 14 << 20 }> = Heap::new();

#[entry]
fn main() -> ! {
    conformance::run()
}
