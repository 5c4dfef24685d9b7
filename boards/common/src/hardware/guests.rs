//! The memory of the guests on a chip: a heap for each, and a stack that they share.

#[cfg(target_arch = "arm")]
use core::ptr;

use static_cell::ConstStaticCell;

#[cfg(target_arch = "riscv32")]
use crate::compartment::Guarded;
use crate::compartment::{Plot, Region, Stack};

/// Memory for `N` guests, each with `HEAP` bytes for itself and its engine.
pub struct Guests<const N: usize, const HEAP: usize>(ConstStaticCell<[Plot<HEAP>; N]>);

impl<const N: usize, const HEAP: usize> Guests<N, HEAP> {
    /// For a static.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self(ConstStaticCell::new([const { Plot::new() }; N]))
    }

    /// A place for each guest.
    ///
    /// # Panics
    /// When it is called twice.
    pub(super) fn open(&'static self) -> [Region; N] {
        let plots = self.0.take();
        let stack = stack();
        // SAFETY: host functions and `Rooms` keep what they make there in what is there, and have no other at hand.
        plots.each_mut().map(|plot| unsafe { plot.open(stack) })
    }
}

/// The memory map says where; it begins where the memory does, so that what overruns it leaves that.
#[cfg(target_arch = "arm")]
fn stack() -> Stack {
    unsafe extern "C" {
        static mut _engine_stack_start: u8;
        static mut _engine_stack_end: u8;
    }
    let (start, end) = (&raw mut _engine_stack_start, &raw mut _engine_stack_end);
    // SAFETY: the memory map has nothing else there, nor anything below. Whoever calls this took the guests' memory,
    // which is there once.
    unsafe { Stack::new(ptr::slice_from_raw_parts_mut(start, end.addr() - start.addr())) }
}

#[cfg(target_arch = "riscv32")]
fn stack() -> Stack {
    static STACK: ConstStaticCell<Guarded<{ 24 << 10 }>> = ConstStaticCell::new(Guarded::new());
    STACK.take().open()
}
