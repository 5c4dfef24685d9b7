//! What turns a guest into code of this machine.

use std::fmt;

use aingle_wasm_core::error::{Error, ModuleError};
use aingle_wasm_fuel::features;
use wasmer::sys::{CompilerConfig, EngineBuilder, Features, NativeEngineExt};

use crate::{EngineConfig, tunables::Tunables};

#[cfg(not(any(feature = "wasmer_sys_dev", feature = "wasmer_sys_prod")))]
compile_error!("no compiler: turn on `wasmer_sys_dev` for Cranelift or `wasmer_sys_prod` for LLVM");

/// A compiler; guests give the same answers for the same fuel on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compiler {
    /// Compiles fast. There with the feature `wasmer_sys_dev`.
    Cranelift,
    /// Compiles slowly to faster code. There with the feature `wasmer_sys_prod`.
    Llvm,
}

impl Compiler {
    /// Those whose feature is on.
    pub fn there() -> impl Iterator<Item = Self> {
        [Self::Cranelift, Self::Llvm].into_iter().filter(|compiler| compiler.is_there())
    }

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::Llvm => "llvm",
        }
    }

    /// The feature that it is there with.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Cranelift => "wasmer_sys_dev",
            Self::Llvm => "wasmer_sys_prod",
        }
    }

    /// Whether its feature is on.
    pub const fn is_there(self) -> bool {
        match self {
            Self::Cranelift => cfg!(feature = "wasmer_sys_dev"),
            Self::Llvm => cfg!(feature = "wasmer_sys_prod"),
        }
    }

    /// wasmer's settings for it.
    fn settings(self) -> Box<dyn CompilerConfig> {
        match self {
            #[cfg(feature = "wasmer_sys_dev")]
            Self::Cranelift => Box::new(wasmer::sys::Cranelift::default()),
            #[cfg(feature = "wasmer_sys_prod")]
            Self::Llvm => Box::new(wasmer::sys::LLVM::default()),
            #[allow(unreachable_patterns, reason = "with all features on, all are there")]
            _ => unreachable!("an engine's compiler is there: its configuration was validated"),
        }
    }
}

/// Cranelift where it is there, so that another feature changes nothing.
impl Default for Compiler {
    fn default() -> Self {
        if Self::Cranelift.is_there() { Self::Cranelift } else { Self::Llvm }
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The engine of wasmer for one guest, as `config` has it.
///
/// NaNs have many bit patterns; a guest that has floats gets the canonical one, as on a chip.
pub(crate) fn engine(wasm: &[u8], config: &EngineConfig) -> Result<wasmer::Engine, Error> {
    let floats = features::has_floats(wasm).map_err(|_| ModuleError::Invalid)?;
    let mut compiler = config.compiler.settings();
    compiler.canonicalize_nans(config.canonicalize_nans && floats);
    let mut features = Features::none();
    features.bulk_memory(true).multi_value(true).reference_types(true);
    let mut engine: wasmer::Engine =
        EngineBuilder::new(compiler).set_features(Some(features)).engine().into();
    engine.set_tunables(Tunables::of(config));
    Ok(engine)
}
