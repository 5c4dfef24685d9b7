//! The three globals in which a lowered guest keeps its books, looked up once: by name they would cost a call ten
//! times as much.

use aingle_wasm_core::error::{Abstain, Error, Trap};
use aingle_wasm_fuel::lower::{self, Stop};
use wasmer::{AsStoreMut, Global, Value};

#[derive(Clone, Debug)]
pub(crate) struct Meter {
    fuel: Global,
    depth: Global,
    state: Global,
    /// Frames that a call may open.
    frames: i32,
}

impl Meter {
    pub(crate) fn of(
        instance: &wasmer::Instance,
        store: &mut impl AsStoreMut,
        frames: u32,
    ) -> Result<Self, Error> {
        let global = |name| instance.exports.get_global(name).cloned().map_err(|_| Abstain::Engine);
        let meter = Self {
            fuel: global(lower::FUEL)?,
            depth: global(lower::DEPTH)?,
            state: global(lower::STATE)?,
            frames: frames as i32,
        };
        meter.stop(store)?;
        Ok(meter)
    }

    /// Gives the next run `fuel` units. It has all its frames: a run that came to its end has given them back, and
    /// [`Meter::stop`] does after another.
    pub(crate) fn fill(&self, store: &mut impl AsStoreMut, fuel: u64) -> Result<(), Abstain> {
        set(&self.fuel, store, Value::I64(fuel as i64))
    }

    /// Units that are left.
    pub(crate) fn left(&self, store: &mut impl AsStoreMut) -> u64 {
        self.fuel.get(store).i64().map_or(0, |left| left as u64)
    }

    /// Takes `units`, if there are as many.
    pub(crate) fn charge(&self, store: &mut impl AsStoreMut, units: u64) -> Result<(), Error> {
        let left = self.left(store).checked_sub(units).ok_or(Trap::OutOfFuel)?;
        Ok(set(&self.fuel, store, Value::I64(left as i64))?)
    }

    /// Runs `call` within a call, with frames of its own as every engine gives it.
    pub(crate) fn nested<S: AsStoreMut, R>(
        &self,
        store: &mut S,
        call: impl FnOnce(&mut S) -> R,
    ) -> Result<R, Abstain> {
        let frames = self.depth.get(store);
        set(&self.depth, store, Value::I32(self.frames))?;
        let called = call(store);
        set(&self.depth, store, frames)?;
        Ok(called)
    }

    /// Why the guest stopped itself, if it did. Asked once after a run that did not come to its end, which leaves its
    /// frames open.
    pub(crate) fn stop(&self, store: &mut impl AsStoreMut) -> Result<Option<Stop>, Abstain> {
        let state = self.state.get(store).i32();
        set(&self.state, store, Value::I32(0))?;
        set(&self.depth, store, Value::I32(self.frames))?;
        Ok(state.and_then(Stop::from_state))
    }
}

fn set(global: &Global, store: &mut impl AsStoreMut, value: Value) -> Result<(), Abstain> {
    global.set(store, value).map_err(|_| Abstain::Engine)
}
