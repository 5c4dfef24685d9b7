//! AIngle WASM on a Cortex-M7: loads a guest and calls it, as its link on UART 0 says.
#![no_std]
#![no_main]

use aingle_wasm_boards_common::{
    Heap,
    emulated::{Machine, entry, firmware},
};

/// A guest with pages of 64 KiB that grows needs its old and its new memory at once. One that was built for
/// chips needs a hundredth of this.
#[global_allocator]
static HEAP: Heap<{ 4 << 20 }> = Heap::new();

#[allow(unsafe_code)]
// SAFETY: the machine has its UART 0 and its counters, of 25 MHz, there.
const MACHINE: Machine = unsafe { Machine::new(0x4000_4000, 0, 0x4002_8000, 40) };

#[entry]
fn main() -> ! {
    firmware::run("mps2-an500", MACHINE, || HEAP.stats())
}
