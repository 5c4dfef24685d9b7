#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod config;
mod fault;
mod instance;
mod lengths;

pub use config::{MAX_DEPTH, MAX_STACK, MIN_STACK};
pub use instance::{Function, Instance};

use aingle_wasm_core::{
    engine::Limits,
    error::{Error, ModuleError},
    host::{Host, Import},
};

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load).
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

/// A compiled guest.
#[derive(Debug)]
pub struct Module {
    wasmi: wasmi::Module,
    limits: Limits,
}

impl<T: 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        if wasm.len() > limits.module as usize {
            return Err(ModuleError::TooLarge.into());
        }
        if !lengths::fit(wasm) {
            return Err(ModuleError::Invalid.into());
        }
        let wasmi = wasmi::Module::new(&config::engine(), wasm).map_err(|error| fault::load(&error, wasm))?;
        Ok(Module { wasmi, limits })
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
