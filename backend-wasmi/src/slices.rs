//! Runs in slices of fuel.
//!
//! wasmi has one number of units: those of the slice. The rest of the call's fuel is kept in reserve beside it.

use aingle_wasm_core::{
    engine::{Sliced, Step},
    error::{Abstain, Error, Trap},
};
use wasmi::{AsContext, AsContextMut, Store, TypedResumableCall, TypedResumableCallOutOfFuel};

use crate::{Function, Instance, fault, instance::Data};

/// A run that waits for its next slice.
#[derive(Debug)]
pub struct Paused(TypedResumableCallOutOfFuel<u64>);

impl<T: 'static> Sliced<T> for Instance<T> {
    type Paused = Paused;

    fn begin(
        &mut self,
        function: &Function,
        [a, b]: [u32; 2],
        slice: u64,
        fuel: &mut u64,
    ) -> Result<Step<Paused>, Error> {
        let Function::Entry(entry) = *function else {
            return aingle_wasm_core::engine::Instance::run(self, function, [a, b], fuel).map(Step::Done);
        };
        sliced(&mut self.store, slice, fuel, |store| entry.call_resumable(store, (a, b)))
    }

    fn resume(&mut self, paused: Paused, slice: u64, fuel: &mut u64) -> Result<Step<Paused>, Error> {
        // With less it would not get anywhere.
        let slice = slice.max(paused.0.required_fuel());
        sliced(&mut self.store, slice, fuel, |store| paused.0.resume(store))
    }
}

fn sliced<T: 'static>(
    store: &mut Store<Data<T>>,
    slice: u64,
    fuel: &mut u64,
    run: impl FnOnce(&mut Store<Data<T>>) -> Result<TypedResumableCall<u64>, wasmi::Error>,
) -> Result<Step<Paused>, Error> {
    let slice = slice.min(*fuel);
    store.data_mut().reserve = *fuel - slice;
    store.set_fuel(slice).map_err(|_| Abstain::Engine)?;
    let ran = run(store);
    spend_all(&mut *store)?;
    *fuel = store.get_fuel().map_err(|_| Abstain::Engine)?;
    match ran.map_err(|error| fault::run(&error))? {
        TypedResumableCall::Finished(result) => Ok(Step::Done(result)),
        TypedResumableCall::HostTrap(trap) => Err(fault::run(trap.host_error())),
        TypedResumableCall::OutOfFuel(paused) if paused.required_fuel() > *fuel => {
            Err(Trap::OutOfFuel.into())
        }
        TypedResumableCall::OutOfFuel(paused) => Ok(Step::Paused(Paused(paused))),
    }
}

/// Adds the reserve to the slice; gives what was left of the slice.
pub(crate) fn spend_all<T: 'static>(mut store: impl AsContextMut<Data = Data<T>>) -> Result<u64, Abstain> {
    let mut store = store.as_context_mut();
    let slice = store.as_context().get_fuel().map_err(|_| Abstain::Engine)?;
    let reserve = core::mem::take(&mut store.data_mut().reserve);
    store.set_fuel(slice + reserve).map_err(|_| Abstain::Engine)?;
    Ok(slice)
}

/// Leaves no more than `slice` to the slice, and the rest in reserve.
pub(crate) fn back_to<T: 'static>(
    mut store: impl AsContextMut<Data = Data<T>>,
    slice: u64,
) -> Result<(), Abstain> {
    let mut store = store.as_context_mut();
    let left = store.as_context().get_fuel().map_err(|_| Abstain::Engine)?;
    let slice = slice.min(left);
    store.data_mut().reserve = left - slice;
    store.set_fuel(slice).map_err(|_| Abstain::Engine)
}
