//! Where the machine has what it has, and all that is unsafe here.

use aingle_wasm_boards_common::emulated::Machine;

#[allow(unsafe_code)]
// SAFETY: the machine has its UART 0 and its counters, of 20 MHz, at these secure aliases.
pub const MACHINE: Machine = unsafe { Machine::new(0x5020_0000, 32, 0x5030_2000, 50) };
