//! What a run took, which a link tells.

use serde::{Deserialize, Serialize};

use crate::{engine::Engine, error::Error, guest::Guest};

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Run {
    /// Units of fuel.
    pub fuel_used: u64,
    /// Nanoseconds by the board's clock; `None` where there is none.
    pub nanos: Option<u64>,
    /// Host calls.
    pub host_calls: u32,
    /// CRC-32 over the names, requests and numbers of those calls.
    pub host_digest: u32,
    /// Those of them that were calls of [hardware](crate::hal) and were refused.
    pub denied_calls: u32,
}

impl Run {
    /// What the job of `guest` took, but for the time; `error` is what it ended with, if it failed.
    pub fn of<E: Engine<T>, T: 'static>(guest: &mut Guest<E, T>, error: Option<Error>) -> Self {
        let mut run = Self { fuel_used: guest.fuel_used(), ..Self::default() };
        // Of one that could not be begun there is nothing: what the books say is of the one before.
        if !matches!(error, Some(Error::Call(_))) {
            (run.host_calls, run.host_digest) = guest.host_calls();
            run.denied_calls = guest.denied_calls();
        }
        run
    }
}
