//! From the bytes of a guest to code of this machine.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error, ModuleError},
};
use aingle_wasm_fuel::{Profile, Summary, canonicalise, check, features, growth, lower::lower};
use wasmer::sys::{Cranelift, EngineBuilder, Features, vm};

use crate::EngineConfig;

/// A compiled guest; its clones share one.
#[derive(Clone, Debug)]
pub struct Module {
    pub(crate) wasmer: wasmer::Module,
    /// Keeps the code; every guest has an engine of its own, whose memory is free when it is gone.
    pub(crate) engine: wasmer::Engine,
    /// Frames that the guest may open.
    pub(crate) depth: u32,
    /// Where the guest's address 0 lies in its memory.
    pub(crate) shift: u32,
    /// Whether a function runs before any call.
    pub(crate) starts: bool,
}

impl Module {
    pub(crate) fn compile(wasm: &[u8], limits: Limits, config: &EngineConfig) -> Result<Self, Error> {
        if wasm.len() > limits.module as usize {
            return Err(Abstain::Module.into());
        }
        let canonical = canonical(wasm, config.profile)?;
        // An invalid module is refused, however much memory it wants.
        let lowered = lower(&canonical, config.spec).map_err(invalid)?;
        let memory = Summary::read(&canonical).map_err(invalid)?.memory;
        if memory.is_some_and(|memory| memory.minimum > limits.memory.into()) {
            return Err(Abstain::Memory.into());
        }
        // Growth that every machine refuses the lowered guest refuses itself; this is what the machine lacks.
        let bounded = growth::clamp(&lowered.wasm, limits.memory.into()).map_err(invalid)?;
        let engine = compiler(&canonical, config)?;
        // The compiler takes bytes of a stranger; whatever it stumbles over must not end the host.
        let compiled = catch_unwind(AssertUnwindSafe(|| wasmer::Module::new(&engine, &bounded)));
        match compiled {
            Ok(Ok(wasmer)) => {
                let (depth, shift, starts) = (config.call_depth, lowered.shift, lowered.starts);
                Ok(Self { wasmer, engine, depth, shift, starts })
            }
            Ok(Err(_)) | Err(_) => Err(Abstain::Engine.into()),
        }
    }
}

/// The guest as every machine can run it: a module that fails nothing but the rules of canonical control flow is
/// repaired here, which a device leaves to whoever sends it a guest.
fn canonical<'w>(wasm: &'w [u8], profile: &Profile) -> Result<Cow<'w, [u8]>, Error> {
    match check(wasm, profile) {
        Ok(()) => Ok(wasm.into()),
        Err(refusal) if refusal.rule.is_repairable() => {
            let refused = Error::Rule(refusal.rule.code());
            let repaired = canonicalise(wasm).map_err(|_| refused)?;
            // It was repaired for a device: within another profile it may still be too large.
            check(&repaired, profile).map_err(|_| refused)?;
            Ok(repaired)
        }
        Err(refusal) => Err(Error::Rule(refusal.rule.code())),
    }
}

/// What the check lets pass and the validator does not.
fn invalid(_: aingle_wasm_fuel::Error) -> Error {
    ModuleError::Invalid.into()
}

/// NaNs have many bit patterns; a guest that has floats gets the canonical one, as on a chip.
pub(crate) fn compiler(wasm: &[u8], config: &EngineConfig) -> Result<wasmer::Engine, Error> {
    // wasmer knows one size for the whole process: another user may want more, never less.
    vm::set_stack_size(vm::get_stack_size().max(STACK));
    let mut compiler = Cranelift::default();
    compiler.canonicalize_nans(config.canonicalize_nans && features::has_floats(wasm).map_err(invalid)?);
    let mut features = Features::none();
    features.bulk_memory(true).multi_value(true).reference_types(true);
    Ok(EngineBuilder::new(compiler).set_features(Some(features)).engine().into())
}

/// Bytes of native stack for a run, taken as they are needed: four times what the deepest nesting of the largest
/// frames takes, so that the depth limit always comes first.
const STACK: usize = 8 << 20;
