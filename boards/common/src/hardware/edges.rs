//! Changes of a pin's level, from its interrupt to the guest that is told of them.

use core::cell::RefCell;

use aingle_wasm_core::events::{Happened, What};
use critical_section::Mutex;
use heapless::Deque;

/// Changes that an interrupt has seen and nobody was told of, sixteen at most. What has no room is counted.
pub struct Edges(Mutex<RefCell<Seen>>);

struct Seen {
    /// When, in microseconds, and to which level.
    list: Deque<(u64, bool), 16>,
    /// Without room: to low, to high.
    lost: [u32; 2],
}

impl Edges {
    /// None yet.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(Seen { list: Deque::new(), lost: [0; 2] })))
    }

    /// The pin is high now, or low: for the interrupt.
    pub fn push(&self, micros: u64, high: bool) {
        critical_section::with(|section| {
            let Seen { list, lost } = &mut *self.0.borrow_ref_mut(section);
            if list.push_back((micros, high)).is_err() {
                let lost = &mut lost[usize::from(high)];
                *lost = lost.saturating_add(1);
            }
        });
    }

    /// Takes the oldest one.
    pub(super) fn take(&self) -> Option<Happened<'static>> {
        critical_section::with(|section| {
            let Seen { list, lost } = &mut *self.0.borrow_ref_mut(section);
            let (micros, high) = list.pop_front()?;
            Some(Happened { micros, what: What::Edge(high), lost: core::mem::take(lost) })
        })
    }
}
