//! The path of a call: find room, write the request, run the entry, check and lend the reply.

use core::{
    mem,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    abi::{self, Abi},
    engine::{Engine, Instance, Limits, Memory, Shape, Value, Values},
    envelope::{self, Envelope, Flags, Version},
    error::{CallError, Error, Fault},
    host::{Host, Import},
    memory::GuestSlice,
};

/// A loaded guest: what users of either engine meet.
///
/// After a trap the guest is started afresh from its module before the next call, so nothing of a run that
/// failed is ever seen again; the host's state is kept.
pub struct Guest<E: Engine<T>, T: 'static> {
    engine: E,
    module: E::Module,
    imports: &'static [Import<T>],
    life: Life<E::Instance, T>,
    /// Which of all lives of all guests this one is: a handle is good for one of them.
    born: u32,
    fuel_used: u64,
    dropped_replies: u32,
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

enum Life<I: Instance<T>, T: 'static> {
    Running(Running<I, T>),
    /// A run trapped; the host's side waits for the next start.
    Ended(Host<T>),
    /// The next start failed and took the host's side with it.
    Lost,
}

struct Running<I: Instance<T>, T: 'static> {
    instance: I,
    abi: Option<Abi>,
    allocate: Option<I::Function>,
    reset: Option<I::Function>,
    /// The last call took room from the guest's allocator, which a reset gives back.
    allocated: bool,
}

/// Bytes to place in guest memory: a header, if any, and what follows it.
struct Parts<'a> {
    header: Option<[u8; envelope::HEADER_LEN]>,
    payload: &'a [u8],
}

impl<E: Engine<T>, T: 'static> Guest<E, T> {
    /// Loads and starts `wasm`, which may call the host functions in `imports`.
    ///
    /// # Errors
    /// As [`Engine::load`] and [`Engine::start`]; [`Error::Module`] when the guest is of a newer ABI, or its
    /// record is unsound.
    pub fn load(
        engine: E,
        wasm: &[u8],
        limits: Limits,
        imports: &'static [Import<T>],
        state: T,
    ) -> Result<Self, Error> {
        // Bit 63 of a packed answer is the error mark, so no address may reach it.
        let limits = Limits { memory: limits.memory.min(MAX_MEMORY), ..limits };
        let module = engine.load(wasm, limits)?;
        let life = Life::Running(Running::start(&engine, &module, imports, Host::new(state))?);
        Ok(Self { engine, module, imports, life, born: birth(), fuel_used: 0, dropped_replies: 0 })
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
        let parts = match self.running()?.abi {
            Some(_) if request.is_empty() => Parts { header: None, payload: request },
            Some(_) => Parts::local(request, true)?,
            None => Parts::version_1(request)?,
        };
        self.deliver(entry, parts, fuel, |bytes, error, enveloped| {
            let (bytes, error) = match bytes {
                frame @ [_, ..] if enveloped => {
                    let envelope = plain(frame).ok_or(Fault::ReplyEnvelope)?;
                    (envelope.payload(), error || envelope.flags().contains(Flags::ERROR))
                }
                bare => (bare, error),
            };
            Ok(reply(if error { Err(bytes) } else { Ok(bytes) }))
        })
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
        let parts = match self.running()?.abi {
            Some(_) => Parts::local(event, false)?,
            None => Parts::version_1(event)?,
        };
        let answered = self.deliver(entry, parts, fuel, |bytes, error, _| Ok(error || !bytes.is_empty()))?;
        self.dropped_replies = self.dropped_replies.saturating_add(answered.into());
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
        length(frame)?;
        let parts = Parts { header: None, payload: frame };
        self.deliver(entry, parts, fuel, |bytes, error, _| Ok(reply(bytes, error)))
    }

    /// Runs any numeric export, without an envelope.
    ///
    /// # Errors
    /// As [`Instance::invoke`].
    pub fn invoke(&mut self, export: &str, arguments: &[Value], fuel: u64) -> Result<Values, Error> {
        self.fuel_used = 0;
        let running = self.running()?;
        running.begin_call();
        let mut left = fuel;
        let ran = running.instance.invoke(export, arguments, &mut left);
        self.fuel_used = fuel - left;
        if let Err(Error::Trap(_) | Error::Abstain(_)) = ran {
            self.end();
        }
        ran
    }

    /// Units of fuel that the last call or invocation used, also when it trapped.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used
    }

    /// Answers to events that were dropped.
    pub fn dropped_replies(&self) -> u32 {
        self.dropped_replies
    }

    /// How often the last call called the host, and a CRC-32 over the names and requests of those calls in
    /// order: equal on two machines when the guest did the same on both.
    pub fn host_calls(&mut self) -> (u32, u32) {
        let books = |host: &Host<T>| (host.calls, host.digest.finish());
        match &mut self.life {
            Life::Running(running) => running.instance.with_memory(|_, host| books(host)),
            Life::Ended(host) => books(host),
            Life::Lost => (0, 0),
        }
    }

    /// Calls `with` with the guest's memory; it is empty while the guest waits to be started afresh.
    pub fn with_memory<R>(&mut self, with: impl FnOnce(&[u8]) -> R) -> R {
        match &mut self.life {
            Life::Running(running) => running.instance.with_memory(|memory, _| with(memory)),
            _ => with(&[]),
        }
    }

    /// Calls `with` with the host's state; `None` when the guest was lost.
    pub fn with_state<R>(&mut self, with: impl FnOnce(&mut T) -> R) -> Option<R> {
        match &mut self.life {
            Life::Running(running) => Some(running.instance.with_memory(|_, host| with(&mut host.state))),
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

    /// Places the request, runs the entry, and lends the bytes of its answer with the error bit and whether
    /// this guest speaks in envelopes. A run that failed ends the instance: it is not looked at again.
    fn deliver<R>(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
        parts: Parts<'_>,
        fuel: u64,
        lend: impl FnOnce(&[u8], bool, bool) -> Result<R, Fault>,
    ) -> Result<R, Error> {
        self.fuel_used = 0;
        self.running()?;
        if entry.born != self.born {
            *entry = self.entry(entry.name)?;
        }
        let running = self.running()?;
        let mut left = fuel;
        let lent = running.run(&entry.function, parts, &mut left).and_then(|packed| {
            let enveloped = running.abi.is_none();
            running
                .instance
                .with_memory(|memory, _| {
                    let bytes = GuestSlice::unpack(packed).read(memory).ok_or(Fault::ReplyRange)?;
                    lend(bytes, packed >> 63 == 1, enveloped)
                })
                .map_err(Error::from)
        });
        self.fuel_used = fuel - left;
        if lent.is_err() {
            self.end();
        }
        lent
    }

    fn end(&mut self) {
        self.life = match mem::replace(&mut self.life, Life::Lost) {
            Life::Running(running) => Life::Ended(running.instance.into_host()),
            other => other,
        };
    }

    /// The running instance, started afresh when the last one ended.
    fn running(&mut self) -> Result<&mut Running<E::Instance, T>, Error> {
        if matches!(self.life, Life::Ended(_))
            && let Life::Ended(host) = mem::replace(&mut self.life, Life::Lost)
        {
            self.life = Life::Running(Running::start(&self.engine, &self.module, self.imports, host)?);
            self.born = birth();
        }
        match &mut self.life {
            Life::Running(running) => Ok(running),
            _ => Err(CallError::Lost.into()),
        }
    }
}

impl<I: Instance<T>, T: 'static> Running<I, T> {
    fn start<E: Engine<T, Instance = I>>(
        engine: &E,
        module: &E::Module,
        imports: &'static [Import<T>],
        host: Host<T>,
    ) -> Result<Self, Error> {
        let mut instance = engine.start(module, imports, host)?;
        let abi = match instance.address(abi::RECORD) {
            Some(address) => Some(instance.with_memory(|memory, host| {
                let abi = Abi::read(memory, address)?;
                host.abi = Some(abi);
                Ok::<_, Error>(abi)
            })?),
            None => None,
        };
        let allocate = instance.function(abi::ALLOCATE, Shape::Allocate).ok();
        let reset = match abi {
            Some(_) => None,
            None => instance.function(abi::RESET, Shape::Reset).ok(),
        };
        Ok(Self { instance, abi, allocate, reset, allocated: false })
    }

    fn begin_call(&mut self) {
        self.instance.with_memory(|_, host| host.begin_call());
    }

    fn run(&mut self, entry: &I::Function, parts: Parts<'_>, fuel: &mut u64) -> Result<u64, Error> {
        self.begin_call();
        if let (true, Some(reset)) = (self.allocated, &self.reset) {
            self.instance.run(reset, [0, 0], fuel)?;
            self.allocated = false;
        }
        let room = self.find_room(parts.len(), fuel)?;
        let placed = self.instance.with_memory(|memory, _| parts.write(room.write(memory)?));
        placed.ok_or(Fault::Allocator)?;
        self.instance.run(entry, [room.ptr(), room.len()], fuel)
    }

    fn find_room(&mut self, len: u32, fuel: &mut u64) -> Result<GuestSlice, Error> {
        if len == 0 {
            return Ok(GuestSlice::new(0, 0));
        }
        match (self.abi, &self.allocate) {
            (Some(abi), _) if len <= abi.inbox.len() => Ok(GuestSlice::new(abi.inbox.ptr(), len)),
            (_, Some(allocate)) => {
                self.allocated = true;
                match self.instance.run(allocate, [len, 0], fuel)? as u32 {
                    0 => Err(Fault::NoRoom.into()),
                    ptr => Ok(GuestSlice::new(ptr, len)),
                }
            }
            (_, None) => Err(Fault::NoRoom.into()),
        }
    }
}

impl<'a> Parts<'a> {
    /// A guest of ours gets an envelope without a checksum: it never leaves this machine's memory.
    fn local(payload: &'a [u8], expects_response: bool) -> Result<Self, CallError> {
        let len = length(payload)?;
        Ok(Self { header: Some(envelope::local_header(expects_response, len)), payload })
    }

    /// A guest of the predecessor gets the envelope that its own host would have written: no flags.
    fn version_1(payload: &'a [u8]) -> Result<Self, CallError> {
        length(payload)?;
        Ok(Self { header: Some(envelope::header(Version::V1, Flags::NONE, payload)), payload })
    }

    fn len(&self) -> u32 {
        // `length` refused what would not fit.
        (self.header.map_or(0, |header| header.len()) + self.payload.len()) as u32
    }

    fn write(&self, room: &mut [u8]) -> Option<()> {
        let header = self.header.as_ref().map_or(&[][..], |header| header);
        room.get_mut(..header.len())?.copy_from_slice(header);
        room.get_mut(header.len()..)?.copy_from_slice(self.payload);
        Some(())
    }
}

/// A number that no other life has. A chip without compare-and-swap has one thread that loads guests.
fn birth() -> u32 {
    static BORN: AtomicU32 = AtomicU32::new(0);
    #[cfg(target_has_atomic = "32")]
    return BORN.fetch_add(1, Ordering::Relaxed);
    #[cfg(not(target_has_atomic = "32"))]
    {
        let born = BORN.load(Ordering::Relaxed);
        BORN.store(born.wrapping_add(1), Ordering::Relaxed);
        born
    }
}

fn length(payload: &[u8]) -> Result<u32, CallError> {
    match u32::try_from(payload.len()) {
        Ok(len) if len <= MAX_PAYLOAD => Ok(len),
        _ => Err(CallError::RequestTooLong),
    }
}

/// Guest memory is below 2 GiB.
const MAX_MEMORY: u32 = 0x7fff_ffff;

/// Nothing longer could be placed.
const MAX_PAYLOAD: u32 = MAX_MEMORY - envelope::HEADER_LEN as u32;

/// The guest's envelope, when it is sound and carries its payload as it is.
pub(crate) fn plain(frame: &[u8]) -> Option<Envelope<'_>> {
    let envelope = Envelope::parse(frame).ok()?;
    let coded = envelope.flags().contains(Flags::COMPRESSED) || envelope.flags().contains(Flags::ENCRYPTED);
    (!coded).then_some(envelope)
}
