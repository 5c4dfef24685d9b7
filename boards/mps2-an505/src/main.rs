//! AIngle WASM on a Cortex-M33: loads a guest and calls it, as its link on UART 0 says.
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
// SAFETY: the machine has its UART 0 and its counters, of 20 MHz, at these secure aliases.
const MACHINE: Machine = unsafe { Machine::new(0x5020_0000, 32, 0x5030_2000, 50) };

#[entry]
fn main() -> ! {
    firmware::run("mps2-an505", MACHINE, || HEAP.stats())
}
