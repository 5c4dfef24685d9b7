//! A running guest, and the same guest in the middle of a host call.

use core::marker::PhantomData;

use aingle_wasm_core::{
    abi,
    engine::{MAX_VALUES, Memory, Shape, Value, Values},
    error::{Abstain, CallError, Error, ModuleError},
    host::{self, Host, Imports, Offered},
};
use alloc::{boxed::Box, vec::Vec};
use wasmi::{Extern, F32, F64, Func, Store, TypedFunc, Val, ValType};

use crate::{
    Module,
    call::{self, Data, InCall, lend},
    fault,
    snapshot::Snapshot,
};

/// A running guest.
pub struct Instance<T: 'static> {
    /// On the heap: whoever hands an instance on by value needs stack for no more than this.
    pub(crate) store: Box<Store<Data>>,
    instance: wasmi::Instance,
    snapshot: Option<Snapshot>,
    host: PhantomData<Host<T>>,
}

/// A function of a running guest.
#[derive(Clone, Copy, Debug)]
pub enum Function {
    /// An entry.
    Entry(TypedFunc<(u32, u32), u64>),
    /// The guest's allocator.
    Allocate(TypedFunc<u32, u32>),
    /// What empties the guest's arena.
    Reset(TypedFunc<(), ()>),
}

impl<T: Send + 'static> Instance<T> {
    #[inline(never)]
    pub(crate) fn start(module: &Module, imports: &Imports<T>, host: Host<T>) -> Result<Self, Error> {
        let data = Data::new(host, module.limiter);
        let mut store = call::store(module.wasmi.engine(), data);
        let externs = link(&mut store, &module.wasmi, imports)?;
        let instance = wasmi::Instance::new(&mut *store, &module.wasmi, &externs)
            .map_err(|error| fault::start(&error))?;
        let memory = instance.get_memory(&*store, MEMORY);
        let allocate = instance.get_typed_func(&*store, abi::ALLOCATE).ok();
        let data = store.data_mut();
        (data.memory, data.allocate) = (memory, allocate);
        data.limiter.started();
        Ok(Self { store, instance, snapshot: None, host: PhantomData })
    }

    /// A numeric export that takes `arguments`, these as wasmi wants them, and the number of its results.
    pub(crate) fn export(
        &self,
        export: &str,
        arguments: &[Value],
    ) -> Result<(Func, Passed, usize), CallError> {
        let function = self.instance.get_func(&*self.store, export).ok_or(CallError::NoEntry)?;
        let ty = function.ty(&*self.store);
        let fits = |len| len <= MAX_VALUES;
        let taken = ty.params().len() == arguments.len()
            && ty.params().iter().zip(arguments).all(|(ty, value)| *ty == to_wasmi(*value).ty());
        if !taken
            || !fits(arguments.len())
            || !fits(ty.results().len())
            || !ty.results().iter().all(is_number)
        {
            return Err(CallError::Arguments);
        }
        let mut passed = [const { Val::I32(0) }; MAX_VALUES];
        for (slot, value) in passed.iter_mut().zip(arguments) {
            *slot = to_wasmi(*value);
        }
        Ok((function, passed, ty.results().len()))
    }

    /// Lends wasmi the fuel for `run`, and takes back what is left, also after a trap.
    fn fueled<R>(
        &mut self,
        fuel: &mut u64,
        run: impl FnOnce(&mut Store<Data>) -> Result<R, wasmi::Error>,
    ) -> Result<R, Error> {
        self.store.set_fuel(*fuel).map_err(|_| Abstain::Engine)?;
        let ran = run(&mut self.store);
        *fuel = self.store.get_fuel().map_err(|_| Abstain::Engine)?;
        ran.map_err(|error| fault::run(&error))
    }
}

impl<T: Send + 'static> aingle_wasm_core::engine::Instance<T> for Instance<T> {
    type Function = Function;

    fn function(&mut self, name: &str, shape: Shape) -> Result<Function, CallError> {
        let store = &*self.store;
        let function = self.instance.get_func(store, name).ok_or(CallError::NoEntry)?;
        match shape {
            Shape::Entry => function.typed(store).map(Function::Entry),
            Shape::Allocate => function.typed(store).map(Function::Allocate),
            Shape::Reset => function.typed(store).map(Function::Reset),
        }
        .map_err(|_| CallError::EntryType)
    }

    fn run(&mut self, function: &Function, [a, b]: [u32; 2], fuel: &mut u64) -> Result<u64, Error> {
        self.fueled(fuel, |store| match function {
            Function::Entry(entry) => entry.call(store, (a, b)),
            Function::Allocate(allocate) => allocate.call(store, a).map(u64::from),
            Function::Reset(reset) => reset.call(store, ()).map(|()| 0),
        })
    }

    fn invoke(&mut self, export: &str, arguments: &[Value], fuel: &mut u64) -> Result<Values, Error> {
        let (function, passed, count) = self.export(export, arguments)?;
        let mut results = [const { Val::I32(0) }; MAX_VALUES];
        let results = &mut results[..count];
        self.fueled(fuel, |store| function.call(store, &passed[..arguments.len()], results))?;
        Ok(results.iter().filter_map(from_wasmi).collect())
    }

    fn address(&mut self, name: &str) -> Option<u32> {
        match self.instance.get_global(&*self.store, name)?.get(&*self.store) {
            Val::I32(address) => Some(address as u32),
            _ => None,
        }
    }

    fn remember(&mut self) -> bool {
        let memory = self.store.data().memory;
        self.snapshot = Snapshot::take(&*self.store, &self.instance, memory);
        self.snapshot.is_some()
    }

    fn reset(&mut self) -> bool {
        let memory = self.store.data().memory;
        self.snapshot.as_ref().is_some_and(|snapshot| snapshot.put_back(&mut *self.store, memory))
    }

    fn into_host(self) -> Host<T> {
        (*self.store).into_data().into_host()
    }
}

impl<T: Send + 'static> Memory<Host<T>> for Instance<T> {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut Host<T>) -> R) -> R {
        lend(&mut *self.store, |memory, data| with(memory, data.host()))
    }

    fn with_host<R>(&mut self, with: impl FnOnce(&mut Host<T>) -> R) -> R {
        with(self.store.data_mut().host())
    }

    fn memory<R>(&mut self, with: impl FnOnce(&mut [u8]) -> R) -> R {
        lend(&mut *self.store, |memory, _| with(memory))
    }
}

/// Gives the module the host functions that it imports, in its own order. A `Linker` would cost a chip twice
/// the flash.
fn link<T: Send + 'static>(
    store: &mut Store<Data>,
    module: &wasmi::Module,
    imports: &Imports<T>,
) -> Result<Vec<Extern>, Error> {
    let mut externs = Vec::new();
    externs.try_reserve(module.imports().len()).map_err(|_| Abstain::Memory)?;
    for (index, wanted) in module.imports().enumerate() {
        let offered = imports.offered(wanted.module(), wanted.name(), &store.data_mut().host::<T>().state);
        let function = wanted.ty().func().zip(offered).and_then(|(ty, offered)| {
            let (parameters, result) = match &offered {
                Offered::Message(_) => (2, ValType::I64),
                Offered::Register(register) => (register.parameters(), ValType::I32),
            };
            let fits = ty.params().iter().all(|ty| *ty == ValType::I32)
                && ty.params().len() == parameters
                && ty.results() == [result];
            fits.then(|| function(store, offered)).flatten()
        });
        let Some(function) = function else {
            return Err(u16::try_from(index).map_or(ModuleError::Invalid.into(), Error::Import));
        };
        externs.push(function.into());
    }
    Ok(externs)
}

/// The host function that a guest calls.
fn function<T: 'static>(store: &mut Store<Data>, offered: Offered<T>) -> Option<Func> {
    match offered {
        Offered::Message(import) => {
            let act = move |caller: &mut InCall<'_>, ptr, len| host::dispatch(caller, &import, ptr, len);
            Some(call::message(store, Box::new(act)))
        }
        Offered::Register(register) => call::register(store, register),
    }
}

fn is_number(ty: &ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
}

fn to_wasmi(value: Value) -> Val {
    match value {
        Value::I32(bits) => Val::I32(bits as i32),
        Value::I64(bits) => Val::I64(bits as i64),
        Value::F32(bits) => Val::F32(F32::from_bits(bits)),
        Value::F64(bits) => Val::F64(F64::from_bits(bits)),
    }
}

pub(crate) fn from_wasmi(value: &Val) -> Option<Value> {
    Some(match value {
        Val::I32(value) => Value::I32(*value as u32),
        Val::I64(value) => Value::I64(*value as u64),
        Val::F32(value) => Value::F32(value.to_bits()),
        Val::F64(value) => Value::F64(value.to_bits()),
        _ => return None,
    })
}

type Passed = [Val; MAX_VALUES];

/// The export by which a host finds a guest's memory.
const MEMORY: &str = "memory";
