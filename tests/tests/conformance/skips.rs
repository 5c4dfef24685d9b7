//! What of the suite is not run, and why. A skip that is not needed fails.

use aingle_wasm_fuel::Rule;
use aingle_wasm_tests::script::{LIMITS, Start};

use crate::module::{Facts, Feature};

/// Directives that are left out wherever they stand.
pub const TEXT: &str = "tests the parser of the text format";
pub const LINK: &str = "links modules to each other; a guest is linked to its host";
pub const VALUES: &str = "passes more than 16 values";

/// Modules that are not offered: every engine must refuse them so, and what follows on them is left out.
type Refused = (Why, fn(&Facts) -> bool, Start);

const MODULES: &[Refused] = &[
    ("needs passive segments or bulk work on tables", |facts| facts.needs(Feature::Bulk), Start::Rule),
    ("needs references", |facts| facts.needs(Feature::References), Start::Rule),
    ("needs another feature that guests may not use", |facts| facts.needs(Feature::Other), Start::Rule),
    ("has a start function", |facts| facts.breaks(Rule::Start), Start::Rule),
    (
        "has blocks with parameters, which wasmi miscompiles",
        |facts| facts.breaks(Rule::BlockParameters),
        Start::Rule,
    ),
    ("has a function of too many parameters", |facts| facts.breaks(Rule::Parameters), Start::Rule),
    ("has a br_table of too many targets", |facts| facts.breaks(Rule::Targets), Start::Rule),
    ("has a function of too many locals", |facts| facts.breaks(Rule::Locals), Start::Rule),
    ("has a memory of 1-byte pages that may grow", |facts| facts.breaks(Rule::Growable), Start::Rule),
    ("imports a memory of 1-byte pages", |facts| facts.breaks(Rule::ImportedMemory), Start::Rule),
    ("has more memory than a guest may", large, Start::Large),
    ("imports from the suite's own host", |facts| facts.imports("spectest"), Start::Import),
    (LINK, |facts| !facts.imports_from.is_empty(), Start::Import),
];

/// Why a module is not offered, and how it must be refused.
pub fn of(facts: &Facts) -> Option<(Why, Start)> {
    let row = MODULES.iter().find(|(_, applies, _)| applies(facts));
    row.map(|(why, _, refused)| (*why, *refused))
}

/// Every reason for a skip.
pub fn reasons() -> impl Iterator<Item = Why> {
    [TEXT, LINK, VALUES].into_iter().chain(MODULES.iter().map(|row| row.0))
}

type Why = &'static str;

fn large(facts: &Facts) -> bool {
    facts.memory > LIMITS.memory.into()
}
