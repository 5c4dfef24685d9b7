//! A wall by the memory protection: locked entries, since machine mode heeds no other, and none can be taken back.

use core::sync::atomic::{AtomicUsize, Ordering};

use riscv::register::{
    Permission, Range, pmpaddr0, pmpaddr1, pmpaddr2, pmpaddr3, pmpaddr4, pmpaddr5, pmpaddr6, pmpaddr7,
    pmpcfg0, pmpcfg1,
};

/// Forbids `len` bytes at `address` to all, for ever. Both are multiples of a power of two of 8 or more, which `len` is.
pub fn forbid(address: usize, len: usize) {
    let entry = FORBIDDEN.load(Ordering::Relaxed);
    FORBIDDEN.store(entry + 1, Ordering::Relaxed);
    // The bits below say how large it is.
    let covered = address >> 2 | ((len >> 3) - 1);
    // SAFETY: the entries are those of the compartments. What one covers is a guard, which nobody uses.
    unsafe {
        match entry {
            0 => pmpaddr0::write(covered),
            1 => pmpaddr1::write(covered),
            2 => pmpaddr2::write(covered),
            3 => pmpaddr3::write(covered),
            4 => pmpaddr4::write(covered),
            5 => pmpaddr5::write(covered),
            6 => pmpaddr6::write(covered),
            7 => pmpaddr7::write(covered),
            _ => panic!("no guard is left"),
        }
        match entry {
            0..4 => pmpcfg0::set_pmp(entry, Range::NAPOT, Permission::NONE, true),
            _ => pmpcfg1::set_pmp(entry - 4, Range::NAPOT, Permission::NONE, true),
        }
    }
}

/// Walls that stand.
static FORBIDDEN: AtomicUsize = AtomicUsize::new(0);

/// They stand from the start.
pub fn heed() {}
