//! A heap of which one allocation fails.

use core::{
    alloc::{GlobalAlloc, Layout},
    sync::atomic::{AtomicU32, Ordering},
};

use aingle_wasm_core::link;

use crate::{Heap, compartment::entered};

/// A [`Heap`] for tests.
pub struct Failing<const SIZE: usize>(Heap<SIZE>);

impl<const SIZE: usize> Failing<SIZE> {
    /// An empty heap.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self(Heap::new())
    }

    /// As [`Heap::stats`].
    pub fn stats(&self) -> link::Heap {
        self.0.stats()
    }
}

// SAFETY: the heap upholds the contract; what is around it only asks for other bytes, and never gets them.
unsafe impl<const SIZE: usize> GlobalAlloc for Failing<SIZE> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on; more than there is has a size too.
        unsafe { self.0.alloc(if is_due() { MORE_THAN_THERE_IS } else { layout }) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { self.0.dealloc(place, layout) }
    }
}

/// Lets the allocation of that number fail, counted from now and from 0, of those in a compartment.
pub fn fail(number: u32) {
    LEFT.store(number, Ordering::Relaxed);
}

/// Lets none fail any more; whether one did.
pub fn did_fail() -> bool {
    LEFT.swap(NEVER, Ordering::Relaxed) == NEVER
}

fn is_due() -> bool {
    let left = LEFT.load(Ordering::Relaxed);
    if left == NEVER || entered().is_none() {
        return false;
    }
    LEFT.store(left.checked_sub(1).unwrap_or(NEVER), Ordering::Relaxed);
    left == 0
}

const NEVER: u32 = u32::MAX;

static LEFT: AtomicU32 = AtomicU32::new(NEVER);

const MORE_THAN_THERE_IS: Layout = match Layout::from_size_align(1 << 30, 1) {
    Ok(layout) => layout,
    Err(_) => panic!(),
};
