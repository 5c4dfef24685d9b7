//! A guest by the predecessor's names.

use std::{fmt, sync::OnceLock, time::Instant};

use aingle_wasm_core::{
    guest::Guest,
    host::{Platform, standard},
    log::Log,
};

use super::HostError;
use crate::{Engine, Module};

/// A guest with the [standard](standard) host functions.
///
/// Whoever wants others, a borrowed reply, or fuel of their own for each call, takes a [`Guest`] instead.
pub struct WasmInstance {
    guest: Guest<Engine, Desktop>,
    /// Units for each call.
    fuel: u64,
}

impl WasmInstance {
    /// Starts `module`.
    ///
    /// # Errors
    /// As [`Guest::start`].
    pub fn new(engine: &Engine, module: &Module) -> Result<Self, HostError> {
        let guest = Guest::start(engine.clone(), module.clone(), standard(), Desktop::default())?;
        Ok(Self { guest, fuel: engine.config().metering_limit })
    }

    /// Calls the entry `name` under [`metering_limit`](crate::EngineConfig::metering_limit) units of fuel.
    ///
    /// # Errors
    /// [`HostError::FunctionNotFound`], [`HostError::GuestError`], [`HostError::MeteringExceeded`], and otherwise as
    /// [`Guest::call`].
    pub fn call_raw(&mut self, name: &str, args: &[u8]) -> Result<Vec<u8>, HostError> {
        let called = self.guest.entry(name).and_then(|mut entry| {
            self.guest.call(&mut entry, args, self.fuel, |reply| match reply {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(words) => Err(HostError::GuestError(words.to_vec())),
            })
        });
        called.unwrap_or_else(|error| Err(HostError::of_call(error, name)))
    }

    /// Units of fuel that the last call used, also when it failed.
    pub fn fuel_used(&self) -> u64 {
        self.guest.fuel_used()
    }
}

impl fmt::Debug for WasmInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmInstance").field("fuel", &self.fuel).finish_non_exhaustive()
    }
}

/// What the standard host functions work on.
#[derive(Default)]
struct Desktop {
    log: Log,
}

impl Platform for Desktop {
    fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    fn micros(&mut self) -> Option<u64> {
        static START: OnceLock<Instant> = OnceLock::new();
        u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).ok()
    }
}
