//! Where the machine has what it has, and all that is unsafe here.

use aingle_wasm_boards_common::emulated::Machine;

#[allow(unsafe_code)]
// SAFETY: the machine has its UART 0, its counters, of 25 MHz, the I2C wires of its first shield, and its UART 1 there.
pub const MACHINE: Machine =
    unsafe { Machine::new(0x4000_4000, 0, 0x4002_8000, 40).with_bus(0x4002_a000).with_serial(0x4000_5000) };
