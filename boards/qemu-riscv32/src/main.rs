//! AIngle WASM on a 32-bit RISC-V: loads a guest and calls it, as its link on UART 0 says.
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
// SAFETY: the machine has its UART 0 and its controller there; its clock has 10 MHz.
const MACHINE: Machine = unsafe { Machine::new(0x1000_0000, 10, 0x0c00_0000, 100) };

#[entry]
fn main() -> ! {
    firmware::run("qemu-riscv32", MACHINE, || HEAP.stats())
}
