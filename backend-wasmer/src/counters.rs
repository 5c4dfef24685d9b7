//! What an engine counts, for whoever asks.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use aingle_wasm_core::error::{Error, Trap};

use crate::cache::Counts;

/// What an engine and its guests did so far. Each number is exact; while guests run, one may be a moment older than
/// another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// What the cache of compiled modules did.
    pub cache: Counts,
    /// Guests started, also afresh after a trap or by a reset.
    pub started: u64,
    /// Resets that put a guest back without starting it afresh.
    pub resets: u64,
    /// Calls and invocations that ran, however they ended.
    pub calls: u64,
    /// Calls that ended in a trap.
    pub traps: u64,
    /// Traps for want of fuel.
    pub out_of_fuel: u64,
    /// Calls that ended because this machine abstained.
    pub abstained: u64,
    /// Units of fuel that calls used, also those that failed.
    pub fuel: u64,
}

/// The tallies of all instances of an engine: those in use, and those that ended ones left behind, for the next.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<Slots>);

/// There are as many tallies as there ever were instances at once.
#[derive(Debug, Default)]
struct Slots {
    all: Vec<Arc<Tally>>,
    free: Vec<Arc<Tally>>,
}

impl Tallies {
    /// Enters an instance.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        let mut slots = self.slots();
        let tally = slots.free.pop().unwrap_or_else(|| {
            let tally = Arc::<Tally>::default();
            slots.all.push(tally.clone());
            tally
        });
        Entered { tally, tallies: self.clone() }
    }

    /// The sum of all, beside what the cache counted.
    pub(crate) fn sum(&self, cache: Counts) -> Counters {
        let counters = Counters { cache, ..Counters::default() };
        self.slots().all.iter().fold(counters, |sum, tally| tally.add_to(sum))
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instance's tally while the instance is there. Nothing in it is lost when the instance ends.
#[derive(Debug)]
pub(crate) struct Entered {
    tally: Arc<Tally>,
    tallies: Arc<Tallies>,
}

impl Entered {
    pub(crate) fn started(&mut self) {
        add(&self.tally.started, 1);
    }

    pub(crate) fn reset(&mut self) {
        add(&self.tally.resets, 1);
    }

    /// A call used `fuel` units, and failed if there is an error.
    pub(crate) fn called(&mut self, fuel: u64, error: Option<Error>) {
        add(&self.tally.calls, 1);
        add(&self.tally.fuel, fuel);
        match error {
            Some(Error::Trap(trap)) => {
                add(&self.tally.traps, 1);
                add(&self.tally.out_of_fuel, (trap == Trap::OutOfFuel).into());
            }
            Some(Error::Abstain(_)) => add(&self.tally.abstained, 1),
            _ => {}
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.tallies.slots().free.push(self.tally.clone());
    }
}

/// Written by the one instance that it is of, on a cache line that no other writes to.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Tally {
    started: AtomicU64,
    resets: AtomicU64,
    calls: AtomicU64,
    traps: AtomicU64,
    out_of_fuel: AtomicU64,
    abstained: AtomicU64,
    fuel: AtomicU64,
}

impl Tally {
    fn add_to(&self, sum: Counters) -> Counters {
        Counters {
            cache: sum.cache,
            started: sum.started + self.started.load(Relaxed),
            resets: sum.resets + self.resets.load(Relaxed),
            calls: sum.calls + self.calls.load(Relaxed),
            traps: sum.traps + self.traps.load(Relaxed),
            out_of_fuel: sum.out_of_fuel + self.out_of_fuel.load(Relaxed),
            abstained: sum.abstained + self.abstained.load(Relaxed),
            fuel: sum.fuel.saturating_add(self.fuel.load(Relaxed)),
        }
    }
}

/// A plain load and store, since nobody else writes.
fn add(number: &AtomicU64, more: u64) {
    number.store(number.load(Relaxed).saturating_add(more), Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_instances_counted_stays_and_their_tallies_are_used_again() {
        let tallies = Arc::<Tallies>::default();
        for turn in 1..=1_000 {
            let mut pair = [tallies.enter(), tallies.enter()];
            pair.iter_mut().for_each(|entered| entered.called(3, Some(Trap::OutOfFuel.into())));
            let expected = Counters {
                calls: 2 * turn,
                traps: 2 * turn,
                out_of_fuel: 2 * turn,
                fuel: 6 * turn,
                ..Counters::default()
            };
            assert_eq!(tallies.sum(Counts::default()), expected);
            drop(pair);
            assert_eq!(tallies.sum(Counts::default()), expected);
        }
        let slots = tallies.slots();
        assert_eq!((slots.all.len(), slots.free.len()), (2, 2));
    }

    #[test]
    fn a_sum_of_fuel_that_is_too_large_stays_at_the_most() {
        let tallies = Arc::<Tallies>::default();
        let mut pair = [tallies.enter(), tallies.enter()];
        pair.iter_mut().for_each(|entered| (0..2).for_each(|_| entered.called(u64::MAX, None)));
        assert_eq!(tallies.sum(Counts::default()).fuel, u64::MAX);
    }
}
