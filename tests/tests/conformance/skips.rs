//! What of the suite is not run, and why. A skip that is not needed fails.

use aingle_wasm_core::{
    engine::Limits,
    error::{CallError, Error, ModuleError, Trap},
};

use crate::module::{Facts, Feature};

/// Directives that are left out wherever they stand.
pub const TEXT: &str = "tests the parser of the text format";
pub const LINK: &str = "links modules to each other; a guest is linked to its host";

/// Modules that are not offered: the engine must refuse them so, and what follows on them is left out.
/// Where engines differ it is `None`, and the module is not loaded.
type Refused = (On, Why, fn(&Facts) -> bool, Option<fn(Error) -> bool>);

pub const MODULES: &[Refused] = &[
    (BOTH, "needs passive segments or bulk work on tables", |facts| facts.needs(Feature::Bulk), None),
    (BOTH, "needs references", |facts| facts.needs(Feature::References), None),
    (BOTH, "needs another feature that guests may not use", |facts| facts.needs(Feature::Other), INVALID),
    (WASMI, "has many tiny functions: wasmi's own limits refuse it", tiny, INVALID),
    (BOTH, "has a start function", |facts| facts.start, Some(|error| error == ModuleError::Start.into())),
    (WASMER, "has a memory of 1-byte pages that cannot be moved, as wasmer needs it", loose, SMALL),
    (BOTH, "has more memory than a guest may", large, Some(|error| is_import(error) || is_memory(error))),
    (BOTH, "imports from the suite's own host", |facts| facts.imports("spectest"), Some(is_import)),
    (BOTH, LINK, |facts| !facts.imports_from.is_empty(), Some(is_import)),
];

/// Calls that end by an error that the suite does not want, by file.
type Cut = (On, Why, &'static str, Error);

pub const CALLS: &[Cut] = &[
    (WASMI, "nests calls deeper than 64", "wasm-v1/call", Error::Trap(Trap::StackOverflow)),
    (BOTH, "passes more than 16 values", "wasm-v2/func", Error::Call(CallError::Arguments)),
    (BOTH, "passes more than 16 values", "multi-value/func", Error::Call(CallError::Arguments)),
];

/// Every reason for a skip on that engine.
pub fn reasons(on: &str) -> impl Iterator<Item = Why> {
    let modules = MODULES.iter().filter(move |row| row.0.contains(&on)).map(|row| row.1);
    [TEXT, LINK].into_iter().chain(modules)
}

/// What a module may take.
pub const LIMITS: Limits = Limits::SERVER;

type On = &'static [&'static str];
type Why = &'static str;

const BOTH: On = &["wasmi", "wasmer"];
const WASMI: On = &["wasmi"];
const WASMER: On = &["wasmer"];

/// 1,000 bytes of functions, and fewer than 40 for each.
fn tiny(facts: &Facts) -> bool {
    facts.code.0 >= 1000 && facts.code.0 / facts.code.1 < 40
}

fn loose(facts: &Facts) -> bool {
    facts.small_and_loose
}

fn large(facts: &Facts) -> bool {
    facts.memory > LIMITS.memory.into()
}

fn is_memory(error: Error) -> bool {
    error == ModuleError::Memory.into()
}

fn is_import(error: Error) -> bool {
    matches!(error, Error::Import(_))
}

const INVALID: Option<fn(Error) -> bool> = Some(|error| error == ModuleError::Invalid.into());
const SMALL: Option<fn(Error) -> bool> = Some(|error| error == ModuleError::SmallMemory.into());
