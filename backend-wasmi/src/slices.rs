//! Runs in slices of fuel.
//!
//! wasmi has one number of units: those of the slice. The rest of the call's fuel is kept in reserve beside it.

use aingle_wasm_core::{
    engine::{MAX_VALUES, Sliced, Step, Value},
    error::{Abstain, Error, Trap},
};
use wasmi::{AsContext, AsContextMut, ResumableCall, ResumableCallOutOfFuel, Store, Val};

use crate::{
    Instance, fault,
    instance::{Data, from_wasmi},
};

/// A run that waits for its next slice.
#[derive(Debug)]
pub struct Paused {
    call: ResumableCallOutOfFuel,
    /// How many it will have.
    results: usize,
}

impl<T: 'static> Sliced<T> for Instance<T> {
    type Paused = Paused;

    fn begin(
        &mut self,
        export: &str,
        arguments: &[Value],
        slice: u64,
        fuel: &mut u64,
    ) -> Result<Step<Paused>, Error> {
        let (function, passed, results) = self.export(export, arguments)?;
        sliced(&mut self.store, slice, fuel, results, |store, results| {
            function.call_resumable(store, &passed[..arguments.len()], results)
        })
    }

    fn resume(&mut self, paused: Paused, slice: u64, fuel: &mut u64) -> Result<Step<Paused>, Error> {
        let Paused { call, results } = paused;
        // With less it would not get anywhere.
        let slice = slice.max(call.required_fuel());
        sliced(&mut self.store, slice, fuel, results, |store, results| call.resume(store, results))
    }
}

fn sliced<T: 'static>(
    store: &mut Store<Data<T>>,
    slice: u64,
    fuel: &mut u64,
    count: usize,
    run: impl FnOnce(&mut Store<Data<T>>, &mut [Val]) -> Result<ResumableCall, wasmi::Error>,
) -> Result<Step<Paused>, Error> {
    let mut results = [const { Val::I32(0) }; MAX_VALUES];
    let results = &mut results[..count];
    let slice = slice.min(*fuel);
    store.data_mut().reserve = *fuel - slice;
    store.set_fuel(slice).map_err(|_| Abstain::Engine)?;
    let ran = run(store, results);
    spend_all(&mut *store)?;
    *fuel = store.get_fuel().map_err(|_| Abstain::Engine)?;
    match ran.map_err(|error| fault::run(&error))? {
        ResumableCall::Finished => Ok(Step::Done(results.iter().filter_map(from_wasmi).collect())),
        ResumableCall::HostTrap(trap) => Err(fault::run(trap.host_error())),
        ResumableCall::OutOfFuel(call) if call.required_fuel() > *fuel => Err(Trap::OutOfFuel.into()),
        ResumableCall::OutOfFuel(call) => Ok(Step::Paused(Paused { call, results: count })),
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
