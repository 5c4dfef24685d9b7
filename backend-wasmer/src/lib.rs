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
use aingle_wasm_fuel::{Profile, spec::Spec};

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load).
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    spec: &'static Spec,
    profile: &'static Profile,
}

impl Engine {
    /// An engine that charges by `spec` and takes the modules of `profile`. Others than those of
    /// [`Engine::default`] give up the promise that every machine comes to the same.
    pub const fn new(spec: &'static Spec, profile: &'static Profile) -> Self {
        Self { spec, profile }
    }
}

/// Version 1 of the fuel specification, and the modules that fit a device.
impl Default for Engine {
    fn default() -> Self {
        Self::new(&Spec::V1, &Profile::DEVICE)
    }
}

impl<T: Send + 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn fuel_spec(&self) -> u32 {
        self.spec.hash()
    }

    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        Module::compile(wasm, limits, *self)
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
