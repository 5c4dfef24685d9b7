//! A guest in the middle of a host call, and the host functions that it is given.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use aingle_wasm_core::{
    engine::{Caller, Memory},
    error::{Abstain, Error, Fault},
    host::{self, Host, Imports, Offered, Registers},
};
use wasmer::{ExternType, FunctionEnv, FunctionEnvMut, MemoryView, Store, Type, TypedFunction, WasmSlice};

use crate::{fault, meter::Meter};

/// What wasmer's store keeps beside the guest.
pub struct Data<T: 'static> {
    /// Taken when the instance ends.
    pub host: Option<Host<T>>,
    pub memory: Option<wasmer::Memory>,
    pub shift: u64,
    pub allocate: Option<TypedFunction<u32, u32>>,
    pub meter: Option<Meter>,
}

/// What wasmer hands a host function.
type Env<'a, T> = FunctionEnvMut<'a, Data<T>>;

/// A guest in the middle of a host call.
struct InCall<'a, T: Send + 'static>(Env<'a, T>);

impl<T: Send + 'static> Memory<Host<T>> for InCall<'_, T> {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut Host<T>) -> R) -> R {
        lend(&mut self.0, with)
    }
}

impl<T: Send + 'static> Caller<Host<T>> for InCall<'_, T> {
    fn allocate(&mut self, len: u32) -> Result<u32, Error> {
        let (data, mut store) = self.0.data_and_store_mut();
        let allocate = data.allocate.as_ref().ok_or(Fault::NoRoom)?;
        let meter = data.meter.as_ref().ok_or(Abstain::Engine)?;
        match meter.nested(&mut store, |store| allocate.call(store, len))? {
            Ok(ptr) => Ok(ptr),
            Err(error) => Err(fault::run(error, meter.stop(&mut store)?)),
        }
    }

    fn fuel(&mut self) -> Result<u64, Error> {
        let (data, mut store) = self.0.data_and_store_mut();
        Ok(data.meter.as_ref().ok_or(Abstain::Engine)?.left(&mut store))
    }

    fn charge(&mut self, units: u64) -> Result<(), Error> {
        let (data, mut store) = self.0.data_and_store_mut();
        data.meter.as_ref().ok_or(Abstain::Engine)?.charge(&mut store, units)
    }
}

/// Gives the module the host functions that it imports.
///
/// # Errors
/// [`Error::Import`] names one that the host does not offer.
pub fn link<T: Send + 'static>(
    store: &mut Store,
    env: &FunctionEnv<Data<T>>,
    called_host: &Arc<AtomicBool>,
    module: &wasmer::Module,
    imports: &Imports<T>,
) -> Result<wasmer::Imports, Error> {
    let mut externs = wasmer::Imports::new();
    // Functions are numbered first, as wasmi does it.
    let (functions, others): (Vec<_>, Vec<_>) =
        module.imports().partition(|wanted| matches!(wanted.ty(), ExternType::Function(_)));
    for (index, wanted) in functions.into_iter().chain(others).enumerate() {
        let refused = || Error::Import(index.try_into().unwrap_or(u16::MAX));
        let state = env.as_ref(store).host.as_ref().map(|host| &host.state);
        let offered = state.and_then(|state| imports.offered(wanted.module(), wanted.name(), state));
        let (ExternType::Function(ty), Some(offered)) = (wanted.ty(), offered) else {
            return Err(refused());
        };
        let (parameters, result) = match &offered {
            Offered::Message(_) => (2, Type::I64),
            Offered::Register(register) => (register.parameters(), Type::I32),
        };
        let fits = ty.params().iter().all(|ty| *ty == Type::I32)
            && ty.params().len() == parameters
            && ty.results() == [result];
        let function = fits.then(|| function(store, env, called_host, offered)).flatten();
        externs.define(wanted.module(), wanted.name(), function.ok_or_else(refused)?);
    }
    Ok(externs)
}

/// The host function that a guest calls.
fn function<T: Send + 'static>(
    store: &mut Store,
    env: &FunctionEnv<Data<T>>,
    called_host: &Arc<AtomicBool>,
    offered: Offered<T>,
) -> Option<wasmer::Function> {
    let called_host = called_host.clone();
    Some(match offered {
        Offered::Message(message) => {
            wasmer::Function::new_typed_with_env(store, env, move |env: Env<'_, T>, ptr: u32, len: u32| {
                called_host.store(true, Relaxed);
                host::dispatch(&mut InCall(env), &message, ptr, len)
            })
        }
        Offered::Register(register) => {
            let parameters = register.parameters();
            let call = move |env: Env<'_, T>, registers: Registers| {
                called_host.store(true, Relaxed);
                register.call(registers).dispatch(&mut InCall(env))
            };
            match parameters {
                1 => wasmer::Function::new_typed_with_env(store, env, move |env: Env<'_, T>, a: u32| {
                    call(env, [a, 0, 0, 0])
                }),
                2 => wasmer::Function::new_typed_with_env(
                    store,
                    env,
                    move |env: Env<'_, T>, a: u32, b: u32| call(env, [a, b, 0, 0]),
                ),
                3 => wasmer::Function::new_typed_with_env(
                    store,
                    env,
                    move |env: Env<'_, T>, a: u32, b: u32, c: u32| call(env, [a, b, c, 0]),
                ),
                4 => wasmer::Function::new_typed_with_env(
                    store,
                    env,
                    move |env: Env<'_, T>, a: u32, b: u32, c: u32, d: u32| call(env, [a, b, c, d]),
                ),
                _ => return None,
            }
        }
    })
}

/// Lends the guest's memory and the host's side of it.
pub fn lend<T: Send + 'static, R>(
    env: &mut FunctionEnvMut<'_, Data<T>>,
    with: impl FnOnce(&mut [u8], &mut Host<T>) -> R,
) -> R {
    let (data, store) = env.data_and_store_mut();
    let host = data.host.as_mut().expect(HOST_IS_THERE);
    match &data.memory {
        Some(memory) => access(&memory.view(&store), data.shift, |memory| with(memory, host)),
        None => with(&mut [], host),
    }
}

/// Lends what `view` shows from `shift` on.
#[inline]
pub fn access<R>(view: &MemoryView<'_>, shift: u64, with: impl FnOnce(&mut [u8]) -> R) -> R {
    let len = view.data_size().saturating_sub(shift);
    match WasmSlice::new(view, shift, len).and_then(WasmSlice::access) {
        Ok(mut memory) => with(memory.as_mut()),
        // The range is the view's own.
        Err(_) => with(&mut []),
    }
}

/// Why the host's side is always there.
pub const HOST_IS_THERE: &str = "the host's side is taken only when the instance ends";
