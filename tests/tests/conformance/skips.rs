//! What of the suite is not run, and why. A skip that nothing needs any more fails.

use aingle_wasm_core::error::{Error, ModuleError};

use crate::module::Facts;

/// Directives that are left out wherever they stand.
pub const REGISTER: &str = "a guest is linked to its host, not to other guests";
pub const TEXT: &str = "tests the parser of the text format";
pub const GET: &str = "a host reads exported globals of type i32 only";
pub const REFERENCE: &str = "a call passes numbers, no references";

/// Modules that are refused. What follows on them is left out, too.
pub const MODULES: &[Refused] = &[
    Refused {
        why: "has a start function",
        on: BOTH,
        needed: |facts| facts.start,
        error: |error| error == ModuleError::Start.into(),
    },
];

/// Calls that do not end as the suite wants.
pub const CALLS: &[Cut] = &[];

/// Why, and where, a module is refused.
pub struct Refused {
    pub why: &'static str,
    pub on: &'static [&'static str],
    /// Says of a valid module that it must be refused.
    pub needed: fn(&Facts) -> bool,
    /// What the engine must say.
    pub error: fn(Error) -> bool,
}

/// Why, and where, a call ends by `error`.
pub struct Cut {
    pub why: &'static str,
    pub on: &'static [&'static str],
    pub file: &'static str,
    pub error: Error,
}

/// The reasons for which every whole run skips something on that engine.
pub fn reasons(on: &str) -> impl Iterator<Item = &'static str> {
    let modules = MODULES.iter().filter(move |refused| refused.on.contains(&on)).map(|refused| refused.why);
    [REGISTER, TEXT, GET, REFERENCE].into_iter().chain(modules)
}

const BOTH: &[&str] = &["wasmi", "wasmer"];
