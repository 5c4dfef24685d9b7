#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod compile;
mod fault;
mod instance;
mod meter;

pub use compile::Module;
pub use instance::{Function, Instance};

use aingle_wasm_core::{
    engine::Limits,
    error::Error,
    host::{Host, Import},
};

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load).
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

impl<T: Send + 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        Module::compile(wasm, limits)
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
