//! What the program has for guests, lent to one call at a time.

use core::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU32, Ordering},
};

use aingle_wasm_core::hal::Owners;

use crate::compartment::{Place, place};

/// Keeps a `T` for the program: for the host and for compartments, but not for interrupts. A compartment that is abandoned
/// while it has it gives it back.
pub struct Shelf<T> {
    kept: UnsafeCell<(Option<T>, Owners)>,
    /// Who has it: a [`mark`].
    lent: AtomicU32,
}

// SAFETY: only the program's one thread has what is kept, as `lend` sees to.
unsafe impl<T> Sync for Shelf<T> {}

impl<T> Shelf<T> {
    /// With nothing.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self { kept: UnsafeCell::new((None, Owners::new())), lent: AtomicU32::new(FREE) }
    }

    /// Keeps `kept`, in place of what was there.
    ///
    /// # Panics
    /// As [`Shelf::lend`].
    pub fn put(&self, kept: T) {
        self.exclusively(|(place, _)| *place = Some(kept));
    }

    /// Lends what is there, and who owns what of it; `None` when there is nothing.
    ///
    /// # Panics
    /// Within itself, and in an interrupt.
    pub fn lend<R>(&self, with: impl FnOnce(&mut T, &mut Owners) -> R) -> Option<R> {
        self.exclusively(|(kept, owners)| kept.as_mut().map(|kept| with(kept, owners)))
    }

    fn exclusively<R>(&self, with: impl FnOnce(&mut (Option<T>, Owners)) -> R) -> R {
        let (here, there) = (mark(place()), self.lent.load(Ordering::Relaxed));
        // Compartments do not nest. What one had that was abandoned since is free: it does not go on.
        assert!(here != INTERRUPT && there != here && there != HOST, "it is lent");
        self.lent.store(here, Ordering::Relaxed);
        // SAFETY: nobody else has it. The host has not, nor has a compartment that may go on: the caller is in the one
        // that was entered, and it was seen that this has not, or none is.
        let done = with(unsafe { &mut *self.kept.get() });
        self.lent.store(FREE, Ordering::Relaxed);
        done
    }
}

fn mark(place: Place) -> u32 {
    match place {
        Place::Host => HOST,
        Place::Interrupt => INTERRUPT,
        Place::Compartment(left) => FIRST + left % (u32::MAX - FIRST),
    }
}

const FREE: u32 = 0;
const HOST: u32 = 1;
const INTERRUPT: u32 = 2;
const FIRST: u32 = 3;
