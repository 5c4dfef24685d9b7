//! What a guest's memory may grow to.
//!
//! Growth that the specification or the module forbids is answered with -1, the same on every machine. Growth that
//! only this machine has no room for ends the run: it has no opinion then.

use aingle_wasm_core::engine::Limits;
use aingle_wasm_fuel::spec::Spec;
use wasmi::{
    ResourceLimiter,
    errors::{MemoryError, TableError},
};
use wasmi_core::LimiterError;

/// Asked by wasmi before a memory or table is made or grows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    /// What this machine gives, in bytes.
    machine: usize,
    /// Growth beyond it is refused everywhere, in bytes.
    growth: usize,
    started: bool,
}

impl Limiter {
    pub fn new(limits: Limits, spec: &Spec) -> Self {
        Self { machine: limits.memory as usize, growth: spec.memory_growth() as usize, started: false }
    }

    /// The memory that the module declares is there: more of it is growth.
    pub fn started(&mut self) {
        self.started = true;
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        if self.started && desired > self.growth {
            return Ok(false);
        }
        match desired <= self.machine {
            true => Ok(true),
            false => Err(LimiterError::ResourceLimiterDeniedAllocation),
        }
    }

    fn memory_grow_failed(&mut self, error: &MemoryError) -> Result<(), LimiterError> {
        match error {
            MemoryError::OutOfSystemMemory => Err(LimiterError::ResourceLimiterDeniedAllocation),
            _ => Ok(()),
        }
    }

    /// The check has bounded what a module declares, and no operator makes a table grow.
    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: &TableError) -> Result<(), LimiterError> {
        Ok(())
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}
