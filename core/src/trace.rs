//! What subscribers of `tracing` see of a guest's calls. While there is none, a call pays a load and a comparison.

use std::boxed::Box;

use tracing::{Level, debug, field::Empty, level_filters::LevelFilter, span::EnteredSpan, trace_span};

use crate::error::Error;

/// A call that is under way.
pub(crate) struct Call<'a> {
    entry: &'a str,
    /// If somebody wants it; a pointer, since a call without it must not pay for more.
    span: Option<Box<EnteredSpan>>,
}

impl<'a> Call<'a> {
    /// A call of `entry`, with a request of so many bytes.
    #[inline]
    pub fn begin(entry: &'a str, request: usize) -> Self {
        let span = if LevelFilter::current() >= Level::TRACE { span(entry, request) } else { None };
        Self { entry, span }
    }

    /// It used `fuel` units, and failed if there is an error.
    #[inline]
    pub fn end(self, fuel: u64, error: Option<Error>) {
        if let Some(error) = error {
            failed(self.entry, fuel, error);
        }
        if let Some(span) = self.span {
            span.record("fuel", fuel).record("outcome", outcome(error));
        }
    }
}

/// A reset started a guest afresh; `remembers` says whether the next one can do without.
pub(crate) fn afresh(remembers: bool) {
    debug!(target: TARGET, remembers, "reset started the guest afresh");
}

#[cold]
fn span(entry: &str, request: usize) -> Option<Box<EnteredSpan>> {
    let span = trace_span!(target: TARGET, "call", entry, request, fuel = Empty, outcome = Empty);
    (!span.is_disabled()).then(|| Box::new(span.entered()))
}

#[cold]
fn failed(entry: &str, fuel: u64, error: Error) {
    match error {
        Error::Trap(trap) => {
            debug!(target: TARGET, entry, trap = trap.name(), fuel, error = %trap, "trap");
        }
        Error::Abstain(abstain) => debug!(target: TARGET, entry, fuel, error = %abstain, "abstain"),
        _ => {}
    }
}

fn outcome(error: Option<Error>) -> &'static str {
    match error {
        None => "done",
        Some(Error::Trap(trap)) => trap.name(),
        Some(Error::Abstain(_)) => "abstain",
        Some(_) => "refused",
    }
}

const TARGET: &str = "aingle_wasm_core";
