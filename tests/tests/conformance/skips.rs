//! What of the suite is not run, and why. A skip that nothing needs any more fails.

use aingle_wasm_core::{
    engine::Limits,
    error::{CallError, Error, ModuleError, Trap},
};

use crate::module::{Facts, Feature};

/// Directives that are left out wherever they stand.
pub const TEXT: &str = "tests the parser of the text format";
pub const LINK: &str = "links modules to each other; a guest is linked to its host";

/// Modules that are refused. What follows on them is left out, too.
pub const MODULES: &[Refused] = &[
    Refused {
        why: "needs passive segments or bulk work on tables",
        on: BOTH,
        needed: |facts| facts.feature == Some(Feature::Bulk),
        error: None,
    },
    Refused {
        why: "needs references",
        on: BOTH,
        needed: |facts| facts.feature == Some(Feature::References),
        error: None,
    },
    Refused {
        why: "needs several memories, or one of 64 bits",
        on: BOTH,
        needed: |facts| facts.feature == Some(Feature::Memories),
        error: Some(|error| error == ModuleError::Invalid.into()),
    },
    Refused {
        why: "has many tiny functions, which wasmi's limits refuse",
        on: WASMI,
        needed: |facts| facts.code.0 >= 1000 && facts.code.0 / facts.code.1 < 40,
        error: Some(|error| error == ModuleError::Invalid.into()),
    },
    Refused {
        why: "has a start function",
        on: BOTH,
        needed: |facts| facts.start,
        error: Some(|error| error == ModuleError::Start.into()),
    },
    Refused {
        why: "has a memory of 1-byte pages that cannot be moved, as wasmer needs it",
        on: WASMER,
        needed: |facts| facts.small_and_loose,
        error: Some(|error| error == ModuleError::SmallMemory.into()),
    },
    Refused {
        why: "has more memory than a guest may",
        on: BOTH,
        needed: |facts| facts.memory > LIMITS.memory.into(),
        error: Some(|error| matches!(error, Error::Module(ModuleError::Memory) | Error::Import(_))),
    },
    Refused {
        why: "imports a global of the suite's own host",
        on: BOTH,
        needed: |facts| facts.imports_from.iter().any(|module| module == "spectest"),
        error: Some(|error| matches!(error, Error::Import(_))),
    },
    Refused {
        why: LINK,
        on: BOTH,
        needed: |facts| !facts.imports_from.is_empty(),
        error: Some(|error| matches!(error, Error::Import(_))),
    },
];

/// Calls that do not end as the suite wants.
pub const CALLS: &[Cut] = &[
    Cut {
        why: "nests calls deeper than wasmi's limit of 64",
        on: WASMI,
        files: &["wasm-v1/call"],
        error: Error::Trap(Trap::StackOverflow),
    },
    Cut {
        why: "passes more than 16 values",
        on: BOTH,
        files: &["wasm-v2/func"],
        error: Error::Call(CallError::Arguments),
    },
];

/// Why, and where, a module is refused.
pub struct Refused {
    pub why: &'static str,
    pub on: &'static [&'static str],
    /// Says of a valid module that it must be refused.
    pub needed: fn(&Facts) -> bool,
    /// What the engine must say; `None` where engines differ, so that the module is not loaded.
    pub error: Option<fn(Error) -> bool>,
}

/// Why, and where, a call ends by `error`.
pub struct Cut {
    pub why: &'static str,
    pub on: &'static [&'static str],
    pub files: &'static [&'static str],
    pub error: Error,
}

/// The reasons for which every whole run skips something on that engine.
pub fn reasons(on: &str) -> impl Iterator<Item = &'static str> {
    let modules = MODULES.iter().filter(move |refused| refused.on.contains(&on)).map(|refused| refused.why);
    [TEXT, LINK].into_iter().chain(modules)
}

/// What a module may take.
pub const LIMITS: Limits = Limits::SERVER;

const BOTH: &[&str] = &["wasmi", "wasmer"];
const WASMI: &[&str] = &["wasmi"];
const WASMER: &[&str] = &["wasmer"];
