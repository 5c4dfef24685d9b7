//! The host's side of a guest, and a guest in the middle of a host call.

use core::any::Any;

use aingle_wasm_core::{
    engine::{Caller, Memory, within_patience},
    error::{Abstain, Error, Fault, Trap},
    host::{Call, Host, Register, Side},
};
use alloc::boxed::Box;
use wasmi::{AsContextMut, Engine, Func, Store, TypedFunc, Val};

use crate::{fault, limiter::Limiter};

/// What wasmi's store keeps beside the guest. It is not told whose host that is: all that wasmi does in a host call is
/// compiled here then, once, as fast code, and not with whatever a firmware compiles for its size.
pub(crate) struct Data {
    host: Box<dyn Side + Send>,
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

impl Data {
    pub fn new<T: Send + 'static>(host: Host<T>, limiter: Limiter) -> Self {
        let (memory, allocate, answer) = (None, None, None);
        Self {
            host: Box::new(host),
            memory,
            allocate,
            limiter,
            reserve: 0,
            sliced: false,
            ends: false,
            answer,
        }
    }

    /// The host of whoever started the guest, the only one who asks.
    pub fn host<T: 'static>(&mut self) -> &mut Host<T> {
        let host: &mut dyn Any = &mut *self.host;
        host.downcast_mut().expect(OTHER)
    }

    pub fn into_host<T: 'static>(self) -> Host<T> {
        let host: Box<dyn Any> = self.host;
        *host.downcast().expect(OTHER)
    }
}

const OTHER: &str = "the host is another one's";

/// A store for one guest.
pub(crate) fn store(engine: &Engine, data: Data) -> Box<Store<Data>> {
    let mut store = Box::new(Store::new(engine, data));
    store.limiter(|data| &mut data.limiter);
    store
}

/// A guest in the middle of a host call.
pub(crate) struct InCall<'a>(wasmi::Caller<'a, Data>);

/// What is done in a host call in message form: for an address and a length it gives both of the reply.
pub(crate) type Message = Box<dyn Fn(&mut InCall<'_>, u32, u32) -> Result<u64, Error> + Send + Sync>;

/// A host function in message form.
pub(crate) fn message(store: &mut Store<Data>, act: Message) -> Func {
    Func::wrap(store, move |caller: wasmi::Caller<'_, Data>, ptr: u32, len: u32| {
        let mut caller = InCall(caller);
        let packed = act(&mut caller, ptr, len);
        caller.answered(packed.map(u64::cast_signed))
    })
}

/// A host function in register form; `None` for more parameters than there are registers.
pub(crate) fn register(store: &mut Store<Data>, to: Register) -> Option<Func> {
    type Caller<'a> = wasmi::Caller<'a, Data>;
    Some(match to.parameters() {
        1 => Func::wrap(store, move |caller: Caller, a: u32| perform(caller, &to.call([a, 0, 0, 0]))),
        2 => Func::wrap(store, move |caller: Caller, a: u32, b: u32| perform(caller, &to.call([a, b, 0, 0]))),
        3 => Func::wrap(store, move |caller: Caller, a: u32, b: u32, c: u32| {
            perform(caller, &to.call([a, b, c, 0]))
        }),
        4 => Func::wrap(store, move |caller: Caller, a: u32, b: u32, c: u32, d: u32| {
            perform(caller, &to.call([a, b, c, d]))
        }),
        _ => return None,
    })
}

/// One for all numbers of parameters.
#[inline(never)]
fn perform(caller: wasmi::Caller<'_, Data>, call: &Call) -> Result<i32, wasmi::Error> {
    let mut caller = InCall(caller);
    let answer = call.dispatch::<dyn Side>(&mut caller);
    caller.answered(answer)
}

impl<T: 'static> Memory<Host<T>> for InCall<'_> {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut Host<T>) -> R) -> R {
        lend(&mut self.0, |memory, data| with(memory, data.host()))
    }

    fn with_host<R>(&mut self, with: impl FnOnce(&mut Host<T>) -> R) -> R {
        with(self.0.data_mut().host())
    }
}

impl Memory<dyn Side> for InCall<'_> {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut dyn Side) -> R) -> R {
        lend(&mut self.0, |memory, data| with(memory, &mut *data.host))
    }

    fn with_host<R>(&mut self, with: impl FnOnce(&mut dyn Side) -> R) -> R {
        with(&mut *self.0.data_mut().host)
    }
}

impl<H: ?Sized> Caller<H> for InCall<'_>
where
    Self: Memory<H>,
{
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

    fn fuel(&mut self) -> Result<u64, Error> {
        let slice = self.0.get_fuel().map_err(|_| Abstain::Engine)?;
        Ok(slice.saturating_add(self.0.data().reserve))
    }

    #[inline]
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

    fn waited(&mut self) {
        let data = self.0.data_mut();
        data.ends = data.sliced;
    }
}

impl InCall<'_> {
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

pub(crate) fn lend<R>(
    mut store: impl AsContextMut<Data = Data>,
    with: impl FnOnce(&mut [u8], &mut Data) -> R,
) -> R {
    let mut store = store.as_context_mut();
    match store.data().memory {
        Some(memory) => {
            let (memory, data) = memory.data_and_store_mut(&mut store);
            with(memory, data)
        }
        None => with(&mut [], store.data_mut()),
    }
}
