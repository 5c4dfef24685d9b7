//! The path of a call: find room, write the request, run the entry, check and lend the reply.

mod job;
mod life;
mod parts;
mod running;
mod slices;

pub use job::{Delivery, Job, Outcome, Reply};
pub use slices::{Turn, TurnOf, Underway, UnderwayOf};

use self::{
    life::{Life, birth},
    parts::Parts,
    running::Running,
};
use crate::{
    abi,
    engine::{Engine, Instance, Limits, Memory, Shape, Value, Values},
    error::{CallError, Error, Fault},
    host::{Host, Imports},
    panic, trace,
};

/// A loaded guest: what users of either engine meet.
///
/// After a trap the guest is started afresh from its module before the next call, so nothing of a run that
/// failed is ever seen again; the host's state is kept. [`Guest::reset`] does the same after a run that did not fail.
pub struct Guest<E: Engine<T>, T: 'static> {
    engine: E,
    module: E::Module,
    imports: Imports<T>,
    life: Life<E::Instance, T>,
    /// Which of all lives of all guests this one is: a handle is good for one of them.
    born: u32,
    fuel_used: u64,
    dropped_replies: u32,
    /// A call in slices has begun and did not end.
    underway: bool,
}

/// An entry of a guest, looked up once.
pub struct Entry<'n, F> {
    name: &'n str,
    function: F,
    born: u32,
}

impl<F> Entry<'_, F> {
    /// The name that it was looked up by.
    pub fn name(&self) -> &str {
        self.name
    }
}

/// The function type of an engine's instances.
pub type FunctionOf<E, T> = <<E as Engine<T>>::Instance as Instance<T>>::Function;

impl<E: Engine<T>, T: 'static> Guest<E, T> {
    /// Loads and starts `wasm`, which may call the host functions in `imports`.
    ///
    /// # Errors
    /// As [`Engine::load`] and [`Guest::start`].
    pub fn load(
        engine: E,
        wasm: &[u8],
        limits: Limits,
        imports: impl Into<Imports<T>>,
        state: T,
    ) -> Result<Self, Error> {
        let module = panic::caught(|| engine.load(wasm, limits.below_2_gib()))?;
        Self::start(engine, module, imports, state)
    }

    /// Starts a module that `engine` has loaded: one module serves many guests.
    ///
    /// # Errors
    /// As [`Engine::start`]; [`Error::Module`] when the guest is of a newer ABI, or its record is unsound.
    pub fn start(
        engine: E,
        module: E::Module,
        imports: impl Into<Imports<T>>,
        state: T,
    ) -> Result<Self, Error> {
        let imports = imports.into();
        let start = || Running::start(&engine, &module, &imports, Host::new(state));
        let life = Life::Running(panic::caught(start)?);
        Ok(Self {
            engine,
            module,
            imports,
            life,
            born: birth(),
            fuel_used: 0,
            dropped_replies: 0,
            underway: false,
        })
    }

    /// Looks up the entry `name`.
    ///
    /// # Errors
    /// [`CallError::NoEntry`], [`CallError::EntryType`], or why a trapped guest could not be started afresh.
    pub fn entry<'n>(&mut self, name: &'n str) -> Result<Entry<'n, FunctionOf<E, T>>, Error> {
        if name.starts_with(abi::RESERVED) {
            return Err(CallError::NoEntry.into());
        }
        let function = self.running()?.instance.function(name, Shape::Entry)?;
        Ok(Entry { name, function, born: self.born })
    }

    /// Calls `entry` with `request` under `fuel` units, and lends its answer to `reply`: `Ok` bytes, or the
    /// `Err` bytes of an answer that the guest marked as an error.
    ///
    /// # Errors
    /// [`Error::Trap`] when the run did not end by itself or its answer is not sound.
    pub fn call<R>(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
        request: &[u8],
        fuel: u64,
        reply: impl FnOnce(Result<&[u8], &[u8]>) -> R,
    ) -> Result<R, Error> {
        let parts = |running: &Running<_, _>| running.request(request);
        self.deliver(entry, parts, fuel, |running, packed| running.answer(packed, reply))
    }

    /// Tells `entry` of an event: a request that expects no response. An answer is dropped and counted.
    ///
    /// # Errors
    /// As [`Guest::call`].
    pub fn notify(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
        event: &[u8],
        fuel: u64,
    ) -> Result<(), Error> {
        let parts = |running: &Running<_, _>| running.parts(event, Delivery::Event);
        let locate = |running: &mut Running<_, _>, packed| running.locate(packed, Delivery::Event);
        let located = self.deliver(entry, parts, fuel, locate)?;
        self.reply(located, Delivery::Event);
        Ok(())
    }

    /// Hands `frame` to `entry` exactly as it is, sound or not, and lends the bytes that it answers with.
    /// For a guest that checks its envelopes itself; the flag says whether bit 63 was set.
    ///
    /// # Errors
    /// As [`Guest::call`].
    pub fn call_raw_frame<R>(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
        frame: &[u8],
        fuel: u64,
        reply: impl FnOnce(&[u8], bool) -> R,
    ) -> Result<R, Error> {
        let parts = |_: &Running<_, _>| Parts::bare(frame);
        self.deliver(entry, parts, fuel, |running, packed| running.bytes(packed, reply))
    }

    /// Runs any numeric export, without an envelope.
    ///
    /// # Errors
    /// As [`Instance::invoke`].
    pub fn invoke(&mut self, export: &str, arguments: &[Value], fuel: u64) -> Result<Values, Error> {
        self.fuel_used = 0;
        self.end_slices();
        let running = self.running()?;
        running.begin_call();
        let call = trace::Call::begin(export, 0);
        let mut left = fuel;
        let ran = panic::caught(|| running.instance.invoke(export, arguments, &mut left));
        running.end_call(call, fuel - left, ran.as_ref().err());
        self.fuel_used = fuel - left;
        if let Err(Error::Trap(_) | Error::Abstain(_)) = ran {
            self.end();
        }
        ran
    }

    /// Puts the guest back to what it was after its start: memory, globals, and the books of its calls. The host's
    /// state is kept, and entries stay good.
    ///
    /// The first reset of a guest starts it afresh and remembers what it is then, so that later ones need no more than
    /// a copy of its memory. A guest that cannot be put back is started afresh each time: one that trapped, whose memory
    /// grew or is large, or, on wasmi, one that does not [export](crate::engine::Instance::remember) its globals.
    ///
    /// # Errors
    /// As [`Guest::start`].
    pub fn reset(&mut self) -> Result<(), Error> {
        (self.fuel_used, self.dropped_replies) = (0, 0);
        self.end_slices();
        if let Life::Running(running) = &mut self.life
            && running.reset(&self.imports)
        {
            return Ok(());
        }
        self.end();
        self.running()?;
        trace::afresh(self.remember());
        Ok(())
    }

    /// Lets later resets come back to what the guest is now, after its start; whether it can.
    pub(crate) fn remember(&mut self) -> bool {
        match &mut self.life {
            Life::Running(running) => running.remember(),
            _ => false,
        }
    }

    /// Units of fuel that the last call or invocation used, also when it trapped.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used
    }

    /// Answers to events that were dropped.
    pub fn dropped_replies(&self) -> u32 {
        self.dropped_replies
    }

    /// How often the last call called the host, and a checksum over those calls in order: of a message its name and
    /// request, of a call of [hardware](crate::hal) its name and numbers, so not the bytes that go over a bus. Equal on two
    /// machines when the guest did the same on both.
    pub fn host_calls(&mut self) -> (u32, u32) {
        let books = |host: &Host<T>| (host.calls, host.digest.finish());
        match &mut self.life {
            Life::Running(running) => running.instance.with_host(|host| books(host)),
            Life::Ended(host) => books(host),
            Life::Lost => (0, 0),
        }
    }

    /// How many of the last call's calls of [hardware](crate::hal) were refused.
    pub fn denied_calls(&mut self) -> u32 {
        match &mut self.life {
            Life::Running(running) => running.instance.with_host(|host| host.denied),
            Life::Ended(host) => host.denied,
            Life::Lost => 0,
        }
    }

    /// Calls `with` with the guest's memory; it is empty while the guest waits to be started afresh.
    pub fn with_memory<R>(&mut self, with: impl FnOnce(&[u8]) -> R) -> R {
        match &mut self.life {
            Life::Running(running) => running.instance.memory(|memory| with(memory)),
            _ => with(&[]),
        }
    }

    /// Calls `with` with the host's state; `None` when the guest was lost.
    pub fn with_state<R>(&mut self, with: impl FnOnce(&mut T) -> R) -> Option<R> {
        match &mut self.life {
            Life::Running(running) => Some(running.instance.with_host(|host| with(&mut host.state))),
            Life::Ended(host) => Some(with(&mut host.state)),
            Life::Lost => None,
        }
    }

    /// Unloads the guest and gives the host's state back; `None` when the guest was lost.
    pub fn unload(self) -> Option<T> {
        match self.life {
            Life::Running(running) => Some(running.instance.into_host().state),
            Life::Ended(host) => Some(host.state),
            Life::Lost => None,
        }
    }

    /// Runs the entry with its request, and takes what `lend` makes of its answer. A run that failed ends the
    /// instance: it is not looked at again.
    fn deliver<'r, R>(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
        parts: impl FnOnce(&Running<E::Instance, T>) -> Result<Parts<'r>, CallError>,
        fuel: u64,
        lend: impl FnOnce(&mut Running<E::Instance, T>, u64) -> Result<R, Fault>,
    ) -> Result<R, Error> {
        let (running, fuel_used) = self.ready(entry)?;
        let parts = parts(running)?;
        let call = trace::Call::begin(entry.name, parts.payload_len());
        let mut left = fuel;
        let ran = panic::caught(|| running.run(&entry.function, &parts, &mut left));
        *fuel_used = fuel - left;
        let lent =
            running.close(call, *fuel_used, |running| ran.and_then(|packed| Ok(lend(running, packed)?)));
        if lent.is_err() {
            self.end();
        }
        lent
    }
}
