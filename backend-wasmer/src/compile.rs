//! From the bytes of a guest to code of this machine.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error, ModuleError},
};
use aingle_wasm_fuel::{Profile, Summary, canonicalise, check, growth, lower::lower};

use crate::{EngineConfig, compiler};

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
    /// Compiles a guest; `limits` are [within](EngineConfig::within) those of `config`.
    pub(crate) fn compile(wasm: &[u8], limits: Limits, config: &EngineConfig) -> Result<Self, Error> {
        caught(|| Self::uncaught(wasm, limits, config))
    }

    fn uncaught(wasm: &[u8], limits: Limits, config: &EngineConfig) -> Result<Self, Error> {
        if wasm.len() > limits.module as usize {
            return Err(Abstain::Module.into());
        }
        let canonical = canonical(wasm, config.profile)?;
        // An invalid module is refused, however much memory it wants.
        let lowered = lower(&canonical, config.spec).map_err(invalid)?;
        let memory = Summary::read(&canonical).map_err(invalid)?.memory;
        let most = u64::from(limits.memory);
        if memory.is_some_and(|memory| memory.minimum > most) {
            return Err(Abstain::Memory.into());
        }
        // Growth that every machine refuses the lowered guest refuses itself; this is what the machine lacks.
        let bounded = growth::clamp(&lowered.wasm, most).map_err(invalid)?;
        let engine = compiler::engine(&canonical, config)?;
        let wasmer = wasmer::Module::new(&engine, &bounded).map_err(|_| Abstain::Engine)?;
        Ok(Self { wasmer, engine, depth: config.call_depth, shift: lowered.shift, starts: lowered.starts })
    }
}

/// Runs what takes bytes of a stranger: whatever it stumbles over must not end the host.
pub(crate) fn caught<R>(run: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(Abstain::Engine.into()))
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
