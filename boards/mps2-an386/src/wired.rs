//! The same firmware with hardware for guests: two lights, an I2C bus, time.
#![no_std]
#![no_main]

mod machine;

use aingle_wasm_boards_common::{
    Heap,
    emulated::{entry, firmware, parts::Parts},
};
use machine::MACHINE;

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 4 << 10 }> = Heap::new();

#[entry]
fn main() -> ! {
    firmware::run_with::<Parts>("mps2-an386", MACHINE)
}
