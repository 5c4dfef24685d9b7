//! How the engine is set up.

use std::{fmt, io, path::PathBuf};

use aingle_wasm_core::engine::Limits;
use aingle_wasm_fuel::{Profile, spec::Spec};

use crate::{CacheFolder, Compiler};

/// How an [`Engine`](crate::Engine) is set up. The defaults keep the promise that every machine comes to the same
/// answer for the same fuel.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// What compiles guests.
    pub compiler: Compiler,
    /// Fuel of a call for which the caller names none, in units.
    pub metering_limit: u64,
    /// Whether a NaN that an operator makes has one bit pattern, as on every other machine. Without it floats are
    /// faster, and a guest may see this machine's own.
    pub canonicalize_nans: bool,
    /// What compiled modules may hold of this process's memory, in bytes; those unused for longest go first.
    pub cache_size: usize,
    /// Where compiled modules outlive the process; nowhere, if none is given.
    pub cache_folder: Option<CacheFolder>,
    /// A memory whose maximum is above so many pages of 64 KiB is dynamic: it reserves what it holds, every access is
    /// checked, and it may move when it grows. Others are static: they reserve 8 GiB of addresses, not of memory, and
    /// the processor checks. With LLVM all are dynamic, so that fuel is exact where an access ends a run.
    pub static_memory_bound: u32,
    /// What a guest's memory may have, in bytes, whatever its own limits: one that needs more makes this machine
    /// abstain. Growth ends at 256 MiB on every machine, so that all answer alike: only a memory that starts larger may
    /// be.
    pub memory_limit: u32,
    /// Frames that a guest may open within each other; no more than [`Spec::depth`]. Another than that gives up the
    /// promise.
    pub call_depth: u32,
    /// What guests are charged by.
    pub spec: &'static Spec,
    /// Which modules are taken. Another than [`Profile::DEVICE`] gives up the promise. A start function, which only
    /// [`Profile::SERVER`] takes, may use 100,000,000 units each time that a guest starts, beside those of its calls.
    pub profile: &'static Profile,
}

impl EngineConfig {
    /// What the engine gives to a guest for whom nobody says otherwise.
    pub const fn limits(&self) -> Limits {
        self.within(Limits { memory: self.memory_limit, ..Limits::SERVER })
    }

    /// What it gives to a guest of these limits: no more than its own, and than a packed answer can point to.
    pub(crate) const fn within(&self, limits: Limits) -> Limits {
        let memory = if limits.memory < self.memory_limit { limits.memory } else { self.memory_limit };
        Limits { memory, ..limits }.below_2_gib()
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !self.compiler.is_there() {
            return Err(ConfigError::Compiler(self.compiler));
        }
        let most = self.spec.depth();
        match self.call_depth <= most {
            true => Ok(()),
            false => Err(ConfigError::CallDepth { asked: self.call_depth, most }),
        }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            compiler: Compiler::default(),
            metering_limit: 100_000_000_000,
            canonicalize_nans: true,
            cache_size: 256 << 20,
            cache_folder: None,
            static_memory_bound: 0x4000,
            memory_limit: Limits::SERVER.memory,
            call_depth: Spec::V1.depth(),
            spec: &Spec::V1,
            profile: &Profile::DEVICE,
        }
    }
}

/// Why there is no engine for a configuration.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The compiler's feature is off.
    Compiler(Compiler),
    /// The calls of a guest would nest deeper than the specification of fuel has it.
    CallDepth {
        /// Frames asked for.
        asked: u32,
        /// Frames that there may be.
        most: u32,
    },
    /// The folder for compiled modules cannot be used.
    CacheFolder {
        /// Where it is, or should be.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compiler(compiler) => {
                let feature = compiler.feature();
                write!(f, "compiler {compiler} is not in this build; turn on the feature `{feature}`")
            }
            Self::CallDepth { asked, most } => {
                write!(f, "call_depth is {asked} frames; the specification of fuel allows {most}")
            }
            Self::CacheFolder { path, error } => {
                write!(
                    f,
                    "cache_folder {path:?} cannot be used: {error}; name a folder that this user may write to, or none"
                )
            }
        }
    }
}

impl std::error::Error for ConfigError {}
