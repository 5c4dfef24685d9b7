#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod compile;
mod compiler;
mod config;
mod fault;
mod instance;
mod meter;
mod snapshot;
mod tunables;

pub use compile::Module;
pub use compiler::Compiler;
pub use config::{ConfigError, EngineConfig};
pub use instance::{Function, Instance};

use std::sync::Arc;

use aingle_wasm_core::{
    engine::Limits,
    error::Error,
    host::{Host, Imports},
};

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load). Its clones are the same engine.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    config: Arc<EngineConfig>,
}

impl Engine {
    /// An engine as `config` has it.
    ///
    /// # Errors
    /// [`ConfigError`] says what cannot be had.
    pub fn new(config: EngineConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self { config: config.into() })
    }

    /// How it was set up.
    pub fn config(&self) -> &EngineConfig {
        &self.config
    }
}

impl<T: Send + 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn fuel_spec(&self) -> u32 {
        self.config.spec.hash()
    }

    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        Module::compile(wasm, limits, &self.config)
    }

    fn start(&self, module: &Module, imports: &Imports<T>, host: Host<T>) -> Result<Instance<T>, Error> {
        Instance::start(module, imports, host)
    }
}
