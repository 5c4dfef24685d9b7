//! A running guest.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use aingle_wasm_core::{
    abi,
    engine::{Memory, Shape, Value, Values},
    error::{CallError, Error},
    host::{Host, Imports},
};
use aingle_wasm_fuel::lower;
use wasmer::{FunctionEnv, RuntimeError, Store, TypedFunction, WasmTypeList};

use crate::{
    Module,
    call::{Data, HOST_IS_THERE, access, lend, link},
    counters::Entered,
    fault,
    meter::Meter,
    snapshot::Snapshot,
    values,
};

/// A running guest.
pub struct Instance<T: Send + 'static> {
    store: Store,
    instance: wasmer::Instance,
    env: FunctionEnv<Data<T>>,
    memory: Option<wasmer::Memory>,
    shift: u64,
    meter: Meter,
    /// Those that were looked up: a pool does so for each call.
    entries: HashMap<Box<str>, Function>,
    snapshot: Option<Snapshot>,
    tally: Entered,
    /// Set by each host call, and at the start, so that a call without any need not look for the host's side.
    called_host: Arc<AtomicBool>,
}

/// A function of a running guest.
#[derive(Clone, Debug)]
pub enum Function {
    /// An entry, called with fuel, which gives back what is left.
    Entry(TypedFunction<(u32, u32, u64), (u64, u64)>),
    /// A host function that the guest exports as an entry.
    Import(TypedFunction<(u32, u32), u64>),
    /// The guest's allocator.
    Allocate(TypedFunction<u32, u32>),
    /// What empties the guest's arena.
    Reset(TypedFunction<(), ()>),
}

impl<T: Send + 'static> Instance<T> {
    pub(crate) fn start(
        module: &Module,
        imports: &Imports<T>,
        host: Host<T>,
        tally: Entered,
    ) -> Result<Self, Error> {
        let mut store = Store::new(module.engine.clone());
        let (host, shift) = (Some(host), module.shift.into());
        let data = Data { host, memory: None, shift, allocate: None, meter: None };
        let env = FunctionEnv::new(&mut store, data);
        let called_host = Arc::new(AtomicBool::new(true));
        let externs = link(&mut store, &env, &called_host, &module.wasmer, imports)?;
        let instance = wasmer::Instance::new(&mut store, &module.wasmer, &externs)
            .map_err(|error| fault::start(&error))?;
        let meter = Meter::of(&instance, &mut store, module.depth)?;
        let memory = instance.exports.get_memory(MEMORY).ok().cloned();
        let allocate = instance.exports.get_typed_function(&store, abi::ALLOCATE).ok();
        let data = env.as_mut(&mut store);
        (data.memory, data.allocate, data.meter) = (memory.clone(), allocate, Some(meter.clone()));
        let (entries, snapshot) = (HashMap::new(), None);
        let mut started =
            Self { store, instance, env, memory, shift, meter, entries, snapshot, tally, called_host };
        if module.starts {
            started.invoke(lower::START, &[], &mut START_FUEL.clone())?;
        }
        started.tally.started();
        Ok(started)
    }

    /// Fills the meter for `run`, and takes back what is left.
    fn fueled<R>(
        &mut self,
        fuel: &mut u64,
        run: impl FnOnce(&mut Store) -> Result<R, RuntimeError>,
    ) -> Result<R, Error> {
        self.meter.fill(&mut self.store, *fuel)?;
        let result = run(&mut self.store).map_err(|error| self.stopped(error, fuel))?;
        *fuel = self.meter.left(&mut self.store);
        Ok(result)
    }

    fn entry(&mut self, name: &str) -> Result<Function, CallError> {
        if let Some(entry) = self.entries.get(name) {
            return Ok(entry.clone());
        }
        let place = self.instance.exports.iter().position(|(known, _)| known == name);
        let entry = match self.typed(&lower::call(place.ok_or(CallError::NoEntry)?)) {
            Ok(entry) => Function::Entry(entry),
            Err(_) => self.typed(name).map(Function::Import)?,
        };
        self.entries.insert(name.into(), entry.clone());
        Ok(entry)
    }

    fn typed<A: WasmTypeList, R: WasmTypeList>(&self, name: &str) -> Result<TypedFunction<A, R>, CallError> {
        let function = self.instance.exports.get_function(name).map_err(|_| CallError::NoEntry)?;
        function.typed(&self.store).map_err(|_| CallError::EntryType)
    }

    fn invoke(&mut self, export: &str, arguments: &[Value], fuel: &mut u64) -> Result<Values, Error> {
        let function = self.instance.exports.get_function(export).map_err(|_| CallError::NoEntry)?.clone();
        let ty = function.ty(&self.store);
        let arguments = values::arguments(&ty, arguments).ok_or(CallError::Arguments)?;
        let results = self.fueled(fuel, |store| function.call(store, &arguments))?;
        Ok(values::results(&results))
    }

    /// Why a run did not come to its end; `fuel` becomes what it left.
    #[cold]
    fn stopped(&mut self, error: RuntimeError, fuel: &mut u64) -> Error {
        // No more than there was, should the run have ended before it took any.
        *fuel = self.meter.left(&mut self.store).min(*fuel);
        match self.meter.stop(&mut self.store) {
            Ok(stop) => fault::run(error, stop),
            Err(abstain) => abstain.into(),
        }
    }
}

impl<T: Send + 'static> aingle_wasm_core::engine::Instance<T> for Instance<T> {
    type Function = Function;

    fn function(&mut self, name: &str, shape: Shape) -> Result<Function, CallError> {
        match shape {
            Shape::Entry => self.entry(name),
            Shape::Allocate => self.typed(name).map(Function::Allocate),
            Shape::Reset => self.typed(name).map(Function::Reset),
        }
    }

    fn run(&mut self, function: &Function, [a, b]: [u32; 2], fuel: &mut u64) -> Result<u64, Error> {
        match function {
            Function::Entry(entry) => {
                let ran = entry.call(&mut self.store, a, b, *fuel);
                let (packed, left) = ran.map_err(|error| self.stopped(error, fuel))?;
                *fuel = left;
                Ok(packed)
            }
            Function::Import(import) => self.fueled(fuel, |store| import.call(store, a, b)),
            Function::Allocate(allocate) => self.fueled(fuel, |store| allocate.call(store, a).map(u64::from)),
            Function::Reset(reset) => self.fueled(fuel, |store| reset.call(store).map(|()| 0)),
        }
    }

    fn invoke(&mut self, export: &str, arguments: &[Value], fuel: &mut u64) -> Result<Values, Error> {
        // What the guest itself does not export takes fuel as it pleases.
        match export.starts_with(lower::FUEL) {
            true => Err(CallError::NoEntry.into()),
            false => self.invoke(export, arguments, fuel),
        }
    }

    fn address(&mut self, name: &str) -> Option<u32> {
        let global = self.instance.exports.get_global(name).ok()?;
        global.get(&mut self.store).i32().map(|address| address as u32)
    }

    fn remember(&mut self) -> bool {
        let exports = &self.instance.exports;
        self.snapshot =
            lend(&mut self.env.clone().into_mut(&mut self.store), |memory, _| Snapshot::of_memory(memory))
                .map(|snapshot| snapshot.with_globals(exports, &mut self.store));
        self.snapshot.is_some()
    }

    fn reset(&mut self) -> bool {
        let Some(snapshot) = &self.snapshot else { return false };
        let reset = lend(&mut self.env.clone().into_mut(&mut self.store), |memory, _| {
            snapshot.put_back_memory(memory)
        }) && snapshot.put_back_globals(&mut self.store);
        if reset {
            self.tally.reset();
        }
        reset
    }

    fn called_host(&mut self) -> bool {
        let called = self.called_host.load(Relaxed);
        if called {
            self.called_host.store(false, Relaxed);
        }
        called
    }

    fn ended(&mut self, fuel: u64, error: Option<Error>) {
        self.tally.called(fuel, error);
    }

    fn into_host(mut self) -> Host<T> {
        let host = self.env.as_mut(&mut self.store).host.take();
        host.expect(HOST_IS_THERE)
    }
}

impl<T: Send + 'static> Memory<Host<T>> for Instance<T> {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut Host<T>) -> R) -> R {
        lend(&mut self.env.clone().into_mut(&mut self.store), with)
    }

    fn memory<R>(&mut self, with: impl FnOnce(&mut [u8]) -> R) -> R {
        match &self.memory {
            Some(memory) => access(&memory.view(&self.store), self.shift, with),
            None => with(&mut []),
        }
    }
}

/// What a start function may use, in units; a device takes none.
const START_FUEL: u64 = 100_000_000;

/// The export by which a host finds a guest's memory.
const MEMORY: &str = "memory";
