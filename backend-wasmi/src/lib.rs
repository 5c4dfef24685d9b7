#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod config;
mod fault;
mod instance;
mod limiter;

pub use config::{MAX_STACK, MIN_STACK};
pub use instance::{Function, Instance};

use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error},
    host::{Host, Import},
};

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load).
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

/// A compiled guest.
#[derive(Debug)]
pub struct Module {
    wasmi: wasmi::Module,
    limiter: Limiter,
}

impl<T: 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        if wasm.len() > limits.module as usize {
            return Err(Abstain::Module.into());
        }
        check(wasm, &Profile::DEVICE).map_err(|refusal| Error::Rule(refusal.rule as u8))?;
        let wasmi = wasmi::Module::new(&config::engine(&self.spec), wasm).map_err(|error| fault::load(&error))?;
        Ok(Module { wasmi, limiter: Limiter::new(limits, &self.spec) })
    }

    fn start(
        &self,
        module: &Module,
        imports: &'static [Import<T>],
        host: Host<T>,
    ) -> Result<Instance<T>, Error> {
        Instance::start(module, imports, host)
    }
}
