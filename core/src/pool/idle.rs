//! What a thread keeps between two calls.

use core::{
    any::Any,
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU64, Ordering},
};
use std::{
    boxed::Box,
    collections::BTreeMap,
    sync::{Arc, Weak},
    thread_local,
    vec::Vec,
};

/// Owns what threads keep for it: what is kept for an owner that is gone is dropped when its thread next looks.
pub(super) struct Owner {
    number: u64,
    alive: Arc<Alive>,
}

impl Owner {
    pub fn new() -> Self {
        static OWNERS: AtomicU64 = AtomicU64::new(0);
        Self { number: OWNERS.fetch_add(1, Ordering::Relaxed), alive: Arc::new(Alive) }
    }

    /// Takes something that this thread keeps.
    pub fn take<G: 'static>(&self) -> Option<G> {
        // What is swept is dropped when the cell is no longer borrowed, since it may own a pool itself.
        let swept = sweep();
        let taken = KEPT.with_borrow_mut(|kept| {
            let kept = kept.get_mut(&self.number)?;
            kept.items.downcast_mut::<Vec<G>>()?.pop()
        });
        drop(swept);
        taken
    }

    /// Keeps something for this thread's next call.
    pub fn keep<G: 'static>(&self, item: G) {
        // A thread that ends keeps nothing.
        _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            let kept = kept.entry(self.number).or_insert_with(|| Kept {
                owner: Arc::downgrade(&self.alive),
                items: Box::new(Vec::<G>::new()),
            });
            if let Some(items) = kept.items.downcast_mut::<Vec<G>>() {
                items.push(item);
            }
        });
    }
}

/// Gone when its owner is.
struct Alive;

impl Drop for Alive {
    fn drop(&mut self) {
        // Whoever sees the number sees that the owner is gone.
        GONE.fetch_add(1, Ordering::Release);
    }
}

struct Kept {
    owner: Weak<Alive>,
    /// A vector of the owner's type.
    items: Box<dyn Any>,
}

/// Removes what is kept for owners that are gone, if any went since this thread last looked.
fn sweep() -> Vec<Kept> {
    let gone = GONE.load(Ordering::Acquire);
    if SEEN.replace(gone) == gone {
        return Vec::new();
    }
    KEPT.with_borrow_mut(|kept| {
        kept.extract_if(.., |_, kept| kept.owner.strong_count() == 0).map(|(_, kept)| kept).collect()
    })
}

/// How many owners are gone.
static GONE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// How many of them this thread has seen go.
    static SEEN: Cell<u64> = const { Cell::new(0) };
    /// By the owner's number.
    static KEPT: RefCell<BTreeMap<u64, Kept>> = const { RefCell::new(BTreeMap::new()) };
}
