//! What subscribers of `tracing` see of a guest's calls. Without one, nothing is formatted, allocated or kept.

use tracing::{debug, field::Empty, span::EnteredSpan, trace_span};

use crate::error::Error;

/// The span of a call that is under way.
pub(crate) struct Call<'a> {
    entry: &'a str,
    span: EnteredSpan,
}

impl<'a> Call<'a> {
    /// A call of `entry`, with a request of so many bytes.
    pub fn begin(entry: &'a str, request: usize) -> Self {
        let span = trace_span!(target: TARGET, "call", entry, request, fuel = Empty, outcome = Empty);
        Self { entry, span: span.entered() }
    }

    /// It used `fuel` units, and failed if there is an error.
    pub fn end(self, fuel: u64, error: Option<Error>) {
        let Self { entry, span } = self;
        let outcome = match error {
            None => "done",
            Some(Error::Trap(trap)) => {
                debug!(target: TARGET, entry, trap = trap.name(), fuel, error = %trap, "trap");
                trap.name()
            }
            Some(Error::Abstain(abstain)) => {
                debug!(target: TARGET, entry, fuel, error = %abstain, "abstain");
                "abstain"
            }
            Some(_) => "refused",
        };
        span.record("fuel", fuel).record("outcome", outcome);
    }
}

/// A reset started a guest afresh; `remembers` says whether the next one can do without.
pub(crate) fn afresh(remembers: bool) {
    debug!(target: TARGET, remembers, "reset started the guest afresh");
}

const TARGET: &str = "aingle_wasm_core";
