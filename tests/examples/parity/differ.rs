//! When two engines come to something else.

use aingle_wasm_core::error::{Abstain, Error};

use crate::trace::{Step, Trace, silent};

/// Whether two engines come to something else, as far as both of them have an opinion.
pub fn differ(left: &Trace, right: &Trace) -> bool {
    match (left, right) {
        (Trace::Ran(steps), Trace::Ran(others)) => {
            let opinions = steps.iter().zip(others).take_while(|(step, other)| {
                !silent(step.outcome.as_ref().err()) && !silent(other.outcome.as_ref().err())
            });
            let broken = |step: &Step| failed(step.outcome.as_ref().err());
            opinions.into_iter().any(|(step, other)| step != other) || steps.iter().chain(others).any(broken)
        }
        (Trace::Panicked, _) | (_, Trace::Panicked) => true,
        (Trace::Refused(error), _) | (_, Trace::Refused(error)) if failed(Some(error)) => true,
        (Trace::Refused(error), _) | (_, Trace::Refused(error)) if silent(Some(error)) => false,
        _ => left != right,
    }
}

/// An engine that fails is no machine that lacks something.
fn failed(error: Option<&Error>) -> bool {
    matches!(error, Some(Error::Abstain(Abstain::Engine)))
}
