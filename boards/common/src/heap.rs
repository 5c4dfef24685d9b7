//! The host's heap, and the way from there to a compartment's.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    mem::MaybeUninit,
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use aingle_wasm_core::link;
use embedded_alloc::LlffHeap;

use crate::compartment::{claim, entered};

/// A first-fit heap of `SIZE` bytes that knows how full it is and was: the host's. What runs in a
/// [`Compartment`](crate::Compartment) allocates there instead, and frees what it was lent where that came from.
///
/// ```ignore
/// #[global_allocator]
/// static HEAP: Heap<{ 128 << 10 }> = Heap::new();
/// ```
pub struct Heap<const SIZE: usize> {
    inner: LlffHeap,
    peak: AtomicU32,
    /// Whether `inner` was told of its region: 0 or 1.
    ready: AtomicU32,
    region: UnsafeCell<MaybeUninit<[u8; SIZE]>>,
}

impl<const SIZE: usize> Heap<SIZE> {
    /// An empty heap.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        const {
            assert!(SIZE > 0 && SIZE < u32::MAX as usize, "a heap has bytes, and they are counted in 32 bits")
        };
        Self {
            inner: LlffHeap::empty(),
            peak: AtomicU32::new(0),
            ready: AtomicU32::new(0),
            region: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Bytes in use, most that ever were, and in all. What the allocator rounds up to is counted as used.
    pub fn stats(&self) -> link::Heap {
        link::Heap {
            used: self.inner.used() as u32,
            peak: self.peak.load(Ordering::Relaxed),
            size: SIZE as u32,
        }
    }

    fn contains(&self, place: *mut u8) -> bool {
        place.addr().wrapping_sub(self.region.get().addr()) < SIZE
    }
}

/// Bytes of stack that suffice for what must not be cut short while the heap is locked.
const LOCKED: usize = 512;

// SAFETY: `region` is never touched by `Heap` itself, only handed to `inner`, which guards it by a critical
// section.
unsafe impl<const SIZE: usize> Sync for Heap<SIZE> {}

// SAFETY: `inner` upholds the contract; what is around it only counts.
unsafe impl<const SIZE: usize> GlobalAlloc for Heap<SIZE> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(region) = entered() {
            return region.alloc(layout);
        }
        // Loads and stores under a critical section instead of swaps, for chips that have none.
        critical_section::with(|_| {
            if self.ready.load(Ordering::Relaxed) == 0 {
                self.ready.store(1, Ordering::Relaxed);
                // SAFETY: the region is this heap's own, lives as long, and is handed over once.
                unsafe { self.inner.init(self.region.get() as usize, SIZE) };
            }
            // SAFETY: the caller's promises are passed on.
            let place = unsafe { self.inner.alloc(layout) };
            let peak = self.peak.load(Ordering::Relaxed).max(self.inner.used() as u32);
            self.peak.store(peak, Ordering::Relaxed);
            place
        })
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if self.contains(place) {
            claim(LOCKED);
            // SAFETY: the caller's promises are passed on.
            unsafe { self.inner.dealloc(place, layout) }
        } else if let (Some(region), Some(place)) = (entered(), NonNull::new(place))
            && region.contains(place)
        {
            // SAFETY: as above, and it came from there.
            unsafe { region.dealloc(place, layout) }
        }
        // Else it is of a compartment that the caller is not in: the next wipe takes it.
    }
}
