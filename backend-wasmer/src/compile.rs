//! From the bytes of a guest to code of this machine.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error, ModuleError},
};
use aingle_wasm_fuel::{Reason, Summary, growth, small_memory};
use wasmer::{
    CompileError,
    sys::{CompilerConfig, Cranelift, EngineBuilder, Features},
};
use wasmer_middlewares::Metering;

/// A compiled guest.
#[derive(Debug)]
pub struct Module {
    pub(crate) wasmer: wasmer::Module,
    /// Keeps the code; every guest has an engine of its own, since a meter serves one module.
    pub(crate) engine: wasmer::Engine,
    /// Where the guest's address 0 lies in its memory.
    pub(crate) shift: u32,
}

impl Module {
    pub(crate) fn compile(wasm: &[u8], limits: Limits) -> Result<Self, Error> {
        if wasm.len() > limits.module as usize {
            return Err(ModuleError::TooLarge.into());
        }
        let placed = small_memory::rewrite(wasm).map_err(|error| refused(&error))?;
        check(&Summary::read(wasm).map_err(|error| refused(&error))?, limits)?;
        let bounded = growth::clamp(&placed.wasm, limits.memory.into(), limits.table.into())
            .map_err(|error| refused(&error))?;
        let engine = engine();
        // The compiler takes bytes of a stranger; whatever it stumbles over must not end the host.
        let compiled = catch_unwind(AssertUnwindSafe(|| wasmer::Module::new(&engine, &bounded)));
        match compiled {
            Ok(Ok(wasmer)) => Ok(Self { wasmer, engine, shift: placed.shift }),
            Ok(Err(CompileError::Validate(_))) => Err(ModuleError::Invalid.into()),
            Ok(Err(_)) | Err(_) => Err(Abstain::Engine.into()),
        }
    }
}

fn check(summary: &Summary, limits: Limits) -> Result<(), ModuleError> {
    if summary.start {
        return Err(ModuleError::Start);
    }
    if summary.memory.is_some_and(|memory| memory.minimum > limits.memory.into()) {
        return Err(ModuleError::Memory);
    }
    match &summary.tables[..] {
        [] => Ok(()),
        [table] if table.minimum <= limits.table.into() => Ok(()),
        _ => Err(ModuleError::Table),
    }
}

fn refused(error: &aingle_wasm_fuel::Error) -> Error {
    match error.reason {
        Reason::Invalid(_) => ModuleError::Invalid.into(),
        _ => ModuleError::SmallMemory.into(),
    }
}

fn engine() -> wasmer::Engine {
    let mut compiler = Cranelift::default();
    compiler.canonicalize_nans(true);
    compiler.push_middleware(Arc::new(Metering::new(0, |_: &_| 1)));
    let mut features = Features::none();
    features.bulk_memory(true).multi_value(true).reference_types(true);
    EngineBuilder::new(compiler).set_features(Some(features)).engine().into()
}
