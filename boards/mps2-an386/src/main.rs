//! AIngle WASM on a Cortex-M4F: loads guests and calls them, as its link on UART 0 says.
#![no_std]
#![no_main]

mod machine;

use aingle_wasm_boards_common::{
    Heap,
    emulated::{entry, firmware},
};
use machine::MACHINE;

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 4 << 10 }> = Heap::new();

#[entry]
fn main() -> ! {
    firmware::run("mps2-an386", MACHINE)
}
