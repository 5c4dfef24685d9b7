//! Where the machine has what it has, and all that is unsafe here.

use aingle_wasm_boards_common::emulated::Machine;

#[allow(unsafe_code)]
// SAFETY: the machine has its UART 0 and its controller there; its clock has 10 MHz.
pub const MACHINE: Machine = unsafe { Machine::new(0x1000_0000, 10, 0x0c00_0000, 100) };
