//! The host's side of a guest, and a guest in the middle of a host call.

use aingle_wasm_core::{
    engine::{Caller, Memory, within_patience},
    error::{Abstain, Error, Fault, Trap},
    host::Host,
};
use wasmi::{AsContextMut, TypedFunc, Val};

use crate::{fault, limiter::Limiter};

/// What wasmi's store keeps beside the guest.
pub(crate) struct Data<T> {
    pub host: Host<T>,
    pub memory: Option<wasmi::Memory>,
    pub allocate: Option<TypedFunc<u32, u32>>,
    pub limiter: Limiter,
    /// Units of a call in slices beyond the slice that runs.
    pub reserve: u64,
    /// A call in slices is under way.
    pub sliced: bool,
    /// The slice ends with the host call that is under way.
    pub ends: bool,
    /// What that was answered, for when the guest goes on.
    pub answer: Option<Val>,
}

impl<T> Data<T> {
    pub fn new(host: Host<T>, limiter: Limiter) -> Self {
        let (memory, allocate, answer) = (None, None, None);
        Self { host, memory, allocate, limiter, reserve: 0, sliced: false, ends: false, answer }
    }
}

/// A guest in the middle of a host call.
pub(crate) struct InCall<'a, T>(pub wasmi::Caller<'a, Data<T>>);

impl<T: 'static> Memory<T> for InCall<'_, T> {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut Host<T>) -> R) -> R {
        lend(&mut self.0, with)
    }

    fn with_host<R>(&mut self, with: impl FnOnce(&mut Host<T>) -> R) -> R {
        with(&mut self.0.data_mut().host)
    }
}

impl<T: 'static> Caller<T> for InCall<'_, T> {
    fn allocate(&mut self, len: u32) -> Result<u32, Error> {
        let allocate = self.0.data().allocate.ok_or(Fault::NoRoom)?;
        let store = &mut self.0;
        if !store.data().sliced {
            return allocate.call(store, len).map_err(|error| fault::run(&error));
        }
        // A call within a call cannot wait for a slice: it has the fuel of several.
        let slice = store.get_fuel().map_err(|_| Abstain::Engine)?;
        let all = slice + store.data().reserve;
        let mut left = all;
        let allocated = within_patience(&mut left, |fuel| {
            store.set_fuel(*fuel).map_err(|_| Abstain::Engine)?;
            let allocated = allocate.call(&mut *store, len).map_err(|error| fault::run(&error));
            *fuel = store.get_fuel().map_err(|_| Abstain::Engine)?;
            allocated
        });
        let slice = slice.saturating_sub(all - left);
        store.data_mut().reserve = left - slice;
        store.set_fuel(slice).map_err(|_| Abstain::Engine)?;
        allocated
    }

    fn charge(&mut self, units: u64) -> Result<(), Error> {
        // The slice pays, or else a guest that does nothing but call its host would never come to the end of one.
        let slice = self.0.get_fuel().map_err(|_| Abstain::Engine)?;
        if let Some(left) = slice.checked_sub(units) {
            return Ok(self.0.set_fuel(left).map_err(|_| Abstain::Engine)?);
        }
        let data = self.0.data_mut();
        data.reserve = data.reserve.checked_sub(units - slice).ok_or(Trap::OutOfFuel)?;
        data.ends = true;
        Ok(self.0.set_fuel(0).map_err(|_| Abstain::Engine)?)
    }
}

impl<T: 'static> InCall<'_, T> {
    /// Has the slice, if there is one, end with this call.
    pub fn ends_slice(&mut self) {
        let data = self.0.data_mut();
        data.ends = data.sliced;
    }

    /// Gives the guest its answer; at once, or in the next slice when this one ends.
    pub fn answered<A: Copy + Into<Val>>(&mut self, answer: Result<A, Error>) -> Result<A, wasmi::Error> {
        let answer = answer.map_err(fault::to_wasmi)?;
        let data = self.0.data_mut();
        if !data.ends {
            return Ok(answer);
        }
        data.answer = Some(answer.into());
        Err(fault::pause())
    }
}

pub(crate) fn lend<T: 'static, R>(
    mut store: impl AsContextMut<Data = Data<T>>,
    with: impl FnOnce(&mut [u8], &mut Host<T>) -> R,
) -> R {
    let mut store = store.as_context_mut();
    match store.data().memory {
        Some(memory) => {
            let (memory, data) = memory.data_and_store_mut(&mut store);
            with(memory, &mut data.host)
        }
        None => with(&mut [], &mut store.data_mut().host),
    }
}
