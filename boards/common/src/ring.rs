//! Bytes on their way from an interrupt to the program.

use core::cell::RefCell;

use critical_section::Mutex;
use heapless::Deque;

/// A queue of at most `N` bytes between an interrupt and the program.
pub struct Ring<const N: usize>(Mutex<RefCell<Deque<u8, N>>>);

impl<const N: usize> Ring<N> {
    /// An empty queue.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(Deque::new())))
    }

    /// Takes bytes from `next` until it has none or the queue is full; `false` when the queue is full.
    pub fn fill(&self, mut next: impl FnMut() -> Option<u8>) -> bool {
        critical_section::with(|section| {
            let mut bytes = self.0.borrow_ref_mut(section);
            while !bytes.is_full() {
                let Some(byte) = next() else { return true };
                // There is room: it was just seen.
                let _ = bytes.push_back(byte);
            }
            false
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        critical_section::with(|section| self.0.borrow_ref(section).is_empty())
    }

    /// Takes all that `next` has; bytes that find no room are lost.
    pub fn take(&self, mut next: impl FnMut() -> Option<u8>) {
        if !self.fill(&mut next) {
            while next().is_some() {}
        }
    }

    /// Moves the oldest bytes into `room` and says how many.
    pub fn drain(&self, room: &mut [u8]) -> usize {
        critical_section::with(|section| {
            let mut bytes = self.0.borrow_ref_mut(section);
            let len = room.len().min(bytes.len());
            for (place, byte) in room.iter_mut().zip(core::iter::from_fn(|| bytes.pop_front())) {
                *place = byte;
            }
            len
        })
    }
}
