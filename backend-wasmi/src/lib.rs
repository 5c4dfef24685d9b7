#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod call;
mod config;
mod fault;
mod instance;
mod limiter;
mod needs;
mod slices;
mod snapshot;

pub use config::{MAX_STACK, MIN_STACK, config};
pub use instance::{Function, Instance};
pub use needs::{OFF, needs, terms};
pub use slices::Paused;

use aingle_wasm_core::{
    engine::{Footprint, Limits},
    error::{Abstain, Error},
    host::{Host, Imports},
};
use aingle_wasm_fuel::{Profile, check, spec::Spec};
use limiter::Limiter;

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load).
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    spec: &'static Spec,
    profile: &'static Profile,
}

impl Engine {
    /// An engine that charges by `spec` and takes the modules of `profile`, but none whose function runs before any call.
    /// Others than those of [`Engine::default`] give up the promise that every machine comes to the same.
    pub const fn new(spec: &'static Spec, profile: &'static Profile) -> Self {
        Self { spec, profile }
    }

    #[inline(never)]
    fn check(&self, wasm: &[u8], limits: Limits) -> Result<(), Error> {
        if wasm.len() > limits.module as usize {
            return Err(Abstain::Module.into());
        }
        // Such a function has no fuel, so wasmi is not let run any.
        let profile = Profile { start: false, ..*self.profile };
        check(wasm, &profile).map_err(|refusal| Error::Rule(refusal.rule.code()))
    }
}

/// Version 1 of the fuel specification, and the modules that fit a device.
impl Default for Engine {
    fn default() -> Self {
        Self::new(&Spec::V1, &Profile::DEVICE)
    }
}

/// A compiled guest; clones share it.
#[derive(Clone, Debug)]
pub struct Module {
    wasmi: wasmi::Module,
    limiter: Limiter,
}

impl<T: Send + 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn fuel_spec(&self) -> u32 {
        self.spec.hash()
    }

    /// Apart from its caller, whose frame would else be as large as this and the start's together.
    #[inline(never)]
    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        self.check(wasm, limits)?;
        let wasmi =
            wasmi::Module::new(&config::engine(self.spec), wasm).map_err(|error| fault::load(&error))?;
        Ok(Module { wasmi, limiter: Limiter::new(limits, self.spec) })
    }

    fn admit(&self, wasm: &[u8], limits: Limits, room: Footprint) -> Result<(), Error> {
        match needs::has_no_room(wasm, limits, room) {
            true => Err(Abstain::Room.into()),
            false => Ok(()),
        }
    }

    fn start(&self, module: &Module, imports: &Imports<T>, host: Host<T>) -> Result<Instance<T>, Error> {
        Instance::start(module, imports, host)
    }
}
