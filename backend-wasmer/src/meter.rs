//! The two globals in which wasmer's `Metering` keeps its books, looked up once: by name they would cost a
//! call ten times as much.

use aingle_wasm_core::error::{Abstain, Error};
use wasmer::{AsStoreMut, Global, Value};

#[derive(Clone, Debug)]
pub(crate) struct Meter {
    remaining: Global,
    exhausted: Global,
}

impl Meter {
    pub(crate) fn of(instance: &wasmer::Instance) -> Result<Self, Error> {
        let global = |name| instance.exports.get_global(name).cloned().map_err(|_| Abstain::Engine);
        Ok(Self {
            remaining: global("wasmer_metering_remaining_points")?,
            exhausted: global("wasmer_metering_points_exhausted")?,
        })
    }

    /// Gives the next run `fuel` units.
    pub(crate) fn fill(&self, store: &mut impl AsStoreMut, fuel: u64) -> Result<(), Abstain> {
        self.remaining.set(store, Value::I64(fuel as i64)).map_err(|_| Abstain::Engine)
    }

    /// Units that the last run left; 0 when they did not suffice.
    pub(crate) fn left(&self, store: &mut impl AsStoreMut) -> u64 {
        match (self.exhausted(store), self.remaining.get(store)) {
            (false, Value::I64(left)) => left as u64,
            _ => 0,
        }
    }

    /// Whether the last run was stopped for want of fuel.
    pub(crate) fn exhausted(&self, store: &mut impl AsStoreMut) -> bool {
        self.exhausted.get(store).i32() != Some(0)
    }
}
