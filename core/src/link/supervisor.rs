//! What becomes of a guest that fails, as its terms say.
//!
//! ```text
//!        job ends well                 ┌── Ask ──────► Asking ── revive ──► Well
//!  Well ───────────────► Well          │
//!    └── trap, abstention ─────────────┼── Restart ──► Resting ── time ───► Well
//!                                      │
//!                                      └── Stop ─────► Stopped ── load ───► Well
//! ```
//!
//! Whatever the policy, a guest that abstains so often in a row as its terms allow is stopped.

use serde::{Deserialize, Serialize};

use crate::error::{CallError, Error};

/// What is done with a guest after a fault: a trap, or an abstention of its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FaultPolicy {
    /// It does no more until it is loaded again.
    Stop,
    /// It is started afresh after so many milliseconds, twice as many after each further fault in a row, a minute at
    /// most. A board without a clock does not wait.
    Restart {
        /// Milliseconds after the first fault.
        back_off: u32,
    },
    /// It waits for somebody's word, and is then started afresh.
    Ask,
}

/// How a board treats a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Terms {
    /// What follows a fault.
    pub policy: FaultPolicy,
    /// Slices that it gets in a row when others want theirs; 0 is taken as 1.
    pub weight: u8,
    /// Abstentions in a row that stop it; 0 for any number.
    pub abstentions: u8,
}

/// A guest that fails may go on at once, unless its engine cannot cope with it.
impl Default for Terms {
    fn default() -> Self {
        Self { policy: FaultPolicy::Restart { back_off: 0 }, weight: 1, abstentions: 3 }
    }
}

/// How a guest is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum State {
    /// There is none.
    #[default]
    Empty,
    /// It takes jobs.
    Well,
    /// It takes jobs again in so many milliseconds.
    Resting {
        /// Milliseconds that are left.
        left: u32,
    },
    /// It takes jobs again when it is revived.
    Asking,
    /// It takes no more jobs.
    Stopped,
    /// Its engine was abandoned and it went with it: to be loaded again.
    Lost,
}

/// What was counted since the board started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counts {
    /// Modules that were loaded.
    pub loads: u32,
    /// Jobs that ended by themselves.
    pub done: u32,
    /// Jobs that ended with a trap.
    pub traps: u32,
    /// Jobs and loads in which the engine abstained.
    pub abstained: u32,
    /// Jobs that were cancelled.
    pub cancelled: u32,
    /// Jobs that were refused, since the guest was not well.
    pub refused: u32,
    /// Events that the guest was told of: jobs as well.
    pub events: u32,
    /// Units of fuel that they took.
    pub event_fuel: u64,
    /// Events that were dropped: the guest was told of too much at once.
    pub dropped: u32,
    /// Events that guests wanted to be told of, and that they have no grant for.
    pub ungranted: u32,
    /// Calls of hardware that were refused.
    pub denied: u32,
}

/// What a board says of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Health {
    /// How it is.
    pub state: State,
    /// The [`Error::code`] of its last fault; 0 when there was none.
    pub fault: u8,
    /// What was counted.
    pub counts: Counts,
    /// How it is treated.
    pub terms: Terms,
}

/// Watches over one guest.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Supervisor {
    terms: Terms,
    life: Life,
    counts: Counts,
    fault: u8,
    /// Faults in a row, and how many of them were abstentions in a row.
    faults: u32,
    abstentions: u32,
}

#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Life {
    #[default]
    Empty,
    Well,
    /// Until then, in nanoseconds of the board's clock.
    Resting(u64),
    Asking,
    Stopped,
    Lost,
}

impl Supervisor {
    /// Sets other terms, which hold from the next fault on.
    pub fn keep(&mut self, terms: Terms) {
        self.terms = terms;
    }

    /// How its guest is to be treated.
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// Told of a guest that was loaded, in place of the one before.
    pub fn loaded(&mut self) {
        (self.life, self.faults, self.abstentions) = (Life::Well, 0, 0);
        self.counts.loads = self.counts.loads.saturating_add(1);
    }

    /// Told that the guest is gone.
    pub fn unloaded(&mut self) {
        self.life = Life::Empty;
    }

    /// Told that the guest went with its engine, and does not come back by itself.
    pub fn lost(&mut self) {
        if !matches!(self.life, Life::Empty | Life::Stopped) {
            self.life = Life::Lost;
        }
    }

    /// Whether a job may begin at `now`, in nanoseconds of the board's clock.
    ///
    /// # Errors
    /// [`CallError::Resting`], [`CallError::Stopped`] or [`CallError::Lost`] after a fault.
    pub fn admit(&mut self, now: Option<u64>) -> Result<(), CallError> {
        let refused = match self.life {
            Life::Resting(until) if now.is_some_and(|now| now < until) => CallError::Resting,
            Life::Asking => CallError::Resting,
            Life::Stopped => CallError::Stopped,
            Life::Lost => CallError::Lost,
            Life::Resting(_) | Life::Well | Life::Empty => {
                self.revive();
                return Ok(());
            }
        };
        self.counts.refused = self.counts.refused.saturating_add(1);
        Err(refused)
    }

    /// Told how a job ended. One that could not be begun is none.
    pub fn ended(&mut self, error: Option<Error>, now: Option<u64>) {
        let counter = match error {
            None => {
                (self.faults, self.abstentions) = (0, 0);
                &mut self.counts.done
            }
            Some(Error::Trap(_)) => {
                self.abstentions = 0;
                &mut self.counts.traps
            }
            Some(Error::Abstain(_)) => {
                self.abstentions = self.abstentions.saturating_add(1);
                &mut self.counts.abstained
            }
            Some(_) => return,
        };
        *counter = counter.saturating_add(1);
        if let Some(error) = error {
            self.fault = error.code();
            self.faults = self.faults.saturating_add(1);
            self.life = self.after_fault(now);
        }
    }

    /// Told that the guest was told of an event, and that this took so many units of fuel.
    pub fn told(&mut self, fuel: u64) {
        let Counts { events, event_fuel, .. } = &mut self.counts;
        (*events, *event_fuel) = (events.saturating_add(1), event_fuel.saturating_add(fuel));
    }

    /// Told of calls of hardware that were refused.
    pub fn denied(&mut self, calls: u32) {
        self.counts.denied = self.counts.denied.saturating_add(calls);
    }

    /// Told of events that were dropped.
    pub fn dropped(&mut self, events: u32) {
        self.counts.dropped = self.counts.dropped.saturating_add(events);
    }

    /// Told of events that the guest has no grant for.
    pub fn ungranted(&mut self, events: u32) {
        self.counts.ungranted = self.counts.ungranted.saturating_add(events);
    }

    /// Told that a job was cancelled.
    pub fn cancelled(&mut self) {
        self.counts.cancelled = self.counts.cancelled.saturating_add(1);
    }

    /// Lets a guest that rests or asks take jobs again.
    pub fn revive(&mut self) {
        if let Life::Resting(_) | Life::Asking = self.life {
            self.life = Life::Well;
        }
    }

    /// How the guest is at `now`.
    pub fn health(&self, now: Option<u64>) -> Health {
        let state = match self.life {
            Life::Empty => State::Empty,
            Life::Well => State::Well,
            Life::Resting(until) => match until.saturating_sub(now.unwrap_or(until)).div_ceil(MILLISECOND) {
                0 => State::Well,
                left => State::Resting { left: u32::try_from(left).unwrap_or(u32::MAX) },
            },
            Life::Asking => State::Asking,
            Life::Stopped => State::Stopped,
            Life::Lost => State::Lost,
        };
        Health { state, fault: self.fault, counts: self.counts, terms: self.terms }
    }

    fn after_fault(&self, now: Option<u64>) -> Life {
        let allowed = u32::from(self.terms.abstentions);
        match (self.terms.policy, now) {
            _ if allowed > 0 && self.abstentions >= allowed => Life::Stopped,
            (FaultPolicy::Stop, _) => Life::Stopped,
            (FaultPolicy::Ask, _) => Life::Asking,
            (FaultPolicy::Restart { back_off: 0 }, _) | (FaultPolicy::Restart { .. }, None) => Life::Well,
            (FaultPolicy::Restart { back_off }, Some(now)) => {
                let doubled = u64::from(back_off) << (self.faults - 1).min(MOST_DOUBLINGS);
                Life::Resting(now.saturating_add(doubled.min(LONGEST) * MILLISECOND))
            }
        }
    }
}

/// In nanoseconds.
const MILLISECOND: u64 = 1_000_000;

/// Longest rest, in milliseconds.
const LONGEST: u64 = 60_000;

/// After so many, one millisecond has become more than the longest rest.
const MOST_DOUBLINGS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Abstain, Trap};

    const TRAP: Option<Error> = Some(Error::Trap(Trap::Unreachable));
    const PANIC: Option<Error> = Some(Error::Abstain(Abstain::Panic));

    fn under(policy: FaultPolicy) -> Supervisor {
        let mut supervisor = Supervisor::default();
        supervisor.keep(Terms { policy, ..Terms::default() });
        supervisor.loaded();
        supervisor
    }

    const fn at(milliseconds: u64) -> Option<u64> {
        Some(milliseconds * MILLISECOND)
    }

    #[test]
    fn a_rest_doubles_with_each_fault_in_a_row_up_to_a_minute() {
        let mut guest = under(FaultPolicy::Restart { back_off: 100 });
        let mut now = 0;
        for rest in [100, 200, 400, 800] {
            guest.ended(TRAP, at(now));
            assert_eq!(guest.admit(at(now + rest - 1)), Err(CallError::Resting));
            assert_eq!(guest.health(at(now + rest - 1)).state, State::Resting { left: 1 });
            now += rest;
            assert_eq!(guest.admit(at(now)), Ok(()));
        }
        guest.ended(None, at(now));
        guest.ended(TRAP, at(now));
        assert_eq!(guest.health(at(now)).state, State::Resting { left: 100 });
        for _ in 0..40 {
            guest.ended(TRAP, at(now));
        }
        assert_eq!(guest.health(at(now)).state, State::Resting { left: 60_000 });
        assert_eq!(
            guest.health(None).counts,
            Counts { loads: 1, done: 1, traps: 45, refused: 4, ..Counts::default() }
        );
    }

    #[test]
    fn events_are_counted_apart() {
        let mut guest = under(FaultPolicy::Restart { back_off: 0 });
        for fuel in [7, u64::MAX] {
            guest.ended(None, at(0));
            guest.told(fuel);
        }
        guest.dropped(3);
        guest.ungranted(1);
        let told = Counts { events: 2, event_fuel: u64::MAX, dropped: 3, ungranted: 1, ..Counts::default() };
        assert_eq!(guest.health(None).counts, Counts { loads: 1, done: 2, ..told });
    }

    #[test]
    fn a_guest_whose_board_is_asked_waits_for_the_word() {
        let mut guest = under(FaultPolicy::Ask);
        guest.ended(TRAP, at(0));
        assert_eq!(guest.admit(at(1 << 40)), Err(CallError::Resting));
        guest.revive();
        assert_eq!(guest.admit(at(0)), Ok(()));
    }

    #[test]
    fn a_stopped_guest_is_only_helped_by_a_load() {
        let mut guest = under(FaultPolicy::Stop);
        guest.ended(TRAP, at(0));
        guest.revive();
        assert_eq!(guest.admit(at(1 << 40)), Err(CallError::Stopped));
        guest.loaded();
        assert_eq!(guest.admit(at(0)), Ok(()));
    }

    #[test]
    fn abstentions_in_a_row_stop_a_guest_and_a_good_job_or_a_trap_ends_the_row() {
        let mut guest = under(FaultPolicy::Restart { back_off: 0 });
        for end in [PANIC, PANIC, None, PANIC, PANIC, TRAP, PANIC, PANIC] {
            guest.ended(end, at(0));
            assert_eq!(guest.admit(at(0)), Ok(()));
        }
        guest.ended(PANIC, at(0));
        assert_eq!(guest.admit(at(0)), Err(CallError::Stopped));
        assert_eq!(guest.health(None).fault, Abstain::Panic.code());
    }
}
