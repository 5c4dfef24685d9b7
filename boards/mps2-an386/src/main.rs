//! AIngle WASM on a Cortex-M4F: loads a guest and calls it, as its link on UART 0 says.
#![no_std]
#![no_main]

mod machine;

use aingle_wasm_boards_common::{
    Heap,
    emulated::{entry, firmware, parts::Parts},
};
use machine::MACHINE;

/// A guest with pages of 64 KiB that grows needs its old and its new memory at once. One that was built for
/// chips needs a hundredth of this.
#[global_allocator]
static HEAP: Heap<{ 4 << 20 }> = Heap::new();

#[entry]
fn main() -> ! {
    firmware::run_with::<Parts>("mps2-an386", MACHINE, || HEAP.stats())
}
