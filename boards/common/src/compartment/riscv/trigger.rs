//! A wall by a trigger of the debugging unit, for chips whose bootloader locks all of the memory protection, as those of
//! Espressif do.

use core::arch::asm;

/// Has the processor trap when something touches one of `len` bytes at `address`. Both are multiples of a power of two,
/// which `len` is. There is one wall: the last is it.
pub fn forbid(address: usize, len: usize) {
    // The bits below say how large it is.
    let covered = address | ((len >> 1) - 1);
    // SAFETY: the trigger is the compartments': the driver library has those below. What it covers is a guard, which
    // nobody uses.
    unsafe {
        asm!(
            "csrw 0x7a0, {trigger}",
            "csrw 0x7a1, {condition}",
            "csrw 0x7a2, {covered}",
            trigger = in(reg) TRIGGER,
            condition = in(reg) LOAD | STORE | MACHINE | RANGE,
            covered = in(reg) covered,
        );
    }
}

/// A trap switches triggers off, and its end on again, which an abandoned run does not come to.
pub fn heed() {
    // SAFETY: it makes the processor heed the triggers that are set, and does nothing else.
    unsafe { asm!("csrs 0x7a5, {on}", on = in(reg) ON) };
}

const TRIGGER: usize = 2;

// When it is pulled: by what, in which mode, and that an address is a range.
const LOAD: usize = 1 << 0;
const STORE: usize = 1 << 1;
const MACHINE: usize = 1 << 6;
const RANGE: usize = 1 << 7;

/// In the triggers' control.
const ON: usize = 1 << 3;
