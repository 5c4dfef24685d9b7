//! What of the suite is not run, and why. A skip that is not needed fails.

use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, CallError, Error},
};
use aingle_wasm_fuel::Rule;

use crate::module::{Facts, Feature};

/// Directives that are left out wherever they stand.
pub const TEXT: &str = "tests the parser of the text format";
pub const LINK: &str = "links modules to each other; a guest is linked to its host";

/// Modules that are not offered: both engines must refuse them so, and what follows on them is left out.
type Refused = (Why, fn(&Facts) -> bool, fn(Error) -> bool);

pub const MODULES: &[Refused] = &[
    ("needs passive segments or bulk work on tables", |facts| facts.needs(Feature::Bulk), is_rule),
    ("needs references", |facts| facts.needs(Feature::References), is_rule),
    ("needs another feature that guests may not use", |facts| facts.needs(Feature::Other), is_rule),
    ("has a start function", |facts| facts.breaks(Rule::Start), is_rule),
    (
        "has blocks with parameters, which wasmi miscompiles",
        |facts| facts.breaks(Rule::BlockParameters),
        is_rule,
    ),
    ("has a function of too many parameters", |facts| facts.breaks(Rule::Parameters), is_rule),
    ("has a br_table of too many targets", |facts| facts.breaks(Rule::Targets), is_rule),
    ("has a function of too many locals", |facts| facts.breaks(Rule::Locals), is_rule),
    ("has a memory of 1-byte pages that may grow", |facts| facts.breaks(Rule::Growable), is_rule),
    ("imports a memory of 1-byte pages", |facts| facts.breaks(Rule::ImportedMemory), is_rule),
    ("has more memory than a guest may", large, |error| is_import(error) || is_memory(error)),
    ("imports from the suite's own host", |facts| facts.imports("spectest"), is_import),
    (LINK, |facts| !facts.imports_from.is_empty(), is_import),
];

/// Calls that end by an error that the suite does not want, by file.
type Cut = (Why, &'static str, Error);

pub const CALLS: &[Cut] = &[
    ("passes more than 16 values", "wasm-v2/func", Error::Call(CallError::Arguments)),
    ("passes more than 16 values", "multi-value/func", Error::Call(CallError::Arguments)),
];

/// Every reason for a skip.
pub fn reasons() -> impl Iterator<Item = Why> {
    [TEXT, LINK].into_iter().chain(MODULES.iter().map(|row| row.0))
}

/// What a module may take.
pub const LIMITS: Limits = Limits::SERVER;

type Why = &'static str;

fn large(facts: &Facts) -> bool {
    facts.memory > LIMITS.memory.into()
}

fn is_memory(error: Error) -> bool {
    error == Abstain::Memory.into()
}

fn is_import(error: Error) -> bool {
    matches!(error, Error::Import(_))
}

/// Which one, the facts have said.
fn is_rule(error: Error) -> bool {
    matches!(error, Error::Rule(_))
}
