//! Memory that grows, in pages of 64 KiB or of 1 byte.

use core::arch::wasm32::{memory_grow, memory_size};

/// Grows memory, which began with `begun` bytes, by at least `bytes`: where that begins and ends; `None`
/// when it grows no more.
pub fn grow(begun: usize, bytes: usize) -> Option<(usize, usize)> {
    // In bytes, memory has never less than it began with; a count of pages of 64 KiB is always less, as
    // the memory that a guest begins with has at least one.
    let shift = if memory_size::<0>() < begun { 16 } else { 0 };
    let pages = (bytes >> shift) + 1;
    match memory_grow::<0>(pages) {
        usize::MAX => None,
        before => Some((before << shift, (before + pages).checked_mul(1 << shift)?)),
    }
}
