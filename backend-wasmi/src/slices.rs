//! Runs in slices of fuel.
//!
//! wasmi has one number of units: those of the slice. The rest of the call's fuel is kept in reserve beside it.

use core::mem;

use aingle_wasm_core::{
    engine::{MAX_VALUES, Sliced, Step, Value},
    error::{Abstain, Error, Trap},
};
use wasmi::{ResumableCall, ResumableCallHostTrap, ResumableCallOutOfFuel, Store, Val};

use crate::{Instance, call::Data, fault, instance::from_wasmi};

/// A run that waits for its next slice.
#[derive(Debug)]
pub struct Paused {
    at: At,
    /// How many it will have.
    results: usize,
}

/// Where a run waits.
#[derive(Debug)]
enum At {
    /// Before a charge.
    Charge(ResumableCallOutOfFuel),
    /// Behind a host call, which was answered so.
    Answer(ResumableCallHostTrap, Val),
}

impl<T: Send + 'static> Sliced<T> for Instance<T> {
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
        let Paused { at, results } = paused;
        match at {
            At::Charge(call) => {
                // With less it would not get anywhere.
                let slice = slice.max(call.required_fuel());
                sliced(&mut self.store, slice, fuel, results, |store, results| call.resume(store, results))
            }
            At::Answer(call, answer) => sliced(&mut self.store, slice, fuel, results, |store, results| {
                call.resume(store, &[answer], results)
            }),
        }
    }
}

fn sliced(
    store: &mut Store<Data>,
    slice: u64,
    fuel: &mut u64,
    count: usize,
    run: impl FnOnce(&mut Store<Data>, &mut [Val]) -> Result<ResumableCall, wasmi::Error>,
) -> Result<Step<Paused>, Error> {
    let mut results = [const { Val::I32(0) }; MAX_VALUES];
    let results = &mut results[..count];
    let slice = slice.min(*fuel);
    store.data_mut().reserve = *fuel - slice;
    store.set_fuel(slice).map_err(|_| Abstain::Engine)?;
    let data = store.data_mut();
    (data.sliced, data.ends) = (true, false);
    let ran = run(store, results);
    let data = store.data_mut();
    (data.sliced, data.ends) = (false, false);
    let (answer, reserve) = (data.answer.take(), mem::take(&mut data.reserve));
    *fuel = store.get_fuel().map_err(|_| Abstain::Engine)? + reserve;
    let paused = |at| Ok(Step::Paused(Paused { at, results: count }));
    match (ran, answer) {
        (Ok(ResumableCall::Finished), _) => Ok(Step::Done(results.iter().filter_map(from_wasmi).collect())),
        (Ok(ResumableCall::HostTrap(call)), Some(answer)) => paused(At::Answer(call, answer)),
        (Ok(ResumableCall::HostTrap(trap)), None) => Err(fault::run(trap.host_error())),
        (Ok(ResumableCall::OutOfFuel(call)), _) if call.required_fuel() > *fuel => {
            Err(Trap::OutOfFuel.into())
        }
        (Ok(ResumableCall::OutOfFuel(call)), _) => paused(At::Charge(call)),
        // The export is the host function itself.
        (Err(_), Some(answer)) => Ok(Step::Done(from_wasmi(&answer).into_iter().collect())),
        (Err(error), None) => Err(fault::run(&error)),
    }
}
