//! A running guest, from the request in its memory to the packed answer.

use super::{Delivery, Parts};
use crate::{
    abi::{self, Abi},
    engine::{Engine, Instance, Shape},
    envelope::{self, Envelope, Flags},
    error::{CallError, Error, Fault},
    host::{Host, Imports},
    memory::GuestSlice,
    trace,
};

pub(super) struct Running<I: Instance<T>, T: 'static> {
    pub instance: I,
    pub abi: Option<Abi>,
    allocate: Option<I::Function>,
    reset: Option<I::Function>,
    /// The last call took room from the guest's allocator, which a reset of its arena gives back.
    allocated: bool,
    /// The instance remembers what it was after its start.
    remembers: bool,
    /// Bytes of a request, and how many of them are in the inbox.
    placed: Option<(u32, u32)>,
}

impl<I: Instance<T>, T: 'static> Running<I, T> {
    pub fn start<E: Engine<T, Instance = I>>(
        engine: &E,
        module: &E::Module,
        imports: &Imports<T>,
        mut host: Host<T>,
    ) -> Result<Self, Error> {
        imports.starts(&mut host)?;
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
        Ok(Self { instance, abi, allocate, reset, allocated: false, remembers: false, placed: None })
    }

    /// Lets later resets come back to what the instance is now, if it can remember that.
    pub fn remember(&mut self) -> bool {
        self.remembers = self.instance.remember();
        self.remembers
    }

    /// Whether the instance is again what it was when it was to remember.
    pub fn reset(&mut self, imports: &Imports<T>) -> bool {
        self.allocated = false;
        let reset = self.remembers
            && self.instance.reset()
            && self.instance.with_host(|host| imports.starts(host)).is_ok();
        self.begin_call();
        reset
    }

    #[inline]
    pub fn begin_call(&mut self) {
        self.placed = None;
        if self.instance.called_host() {
            self.clear_books();
        }
    }

    #[inline(never)]
    fn clear_books(&mut self) {
        self.instance.with_host(|host| host.begin_call());
    }

    /// What this guest is handed for a request that wants a response.
    pub fn request<'r>(&self, request: &'r [u8]) -> Result<Parts<'r>, CallError> {
        match self.abi {
            Some(_) if request.is_empty() => Parts::bare(request),
            Some(_) => Parts::local(request, true),
            None => Parts::version_1(request),
        }
    }

    /// Takes what `lend` makes of a call's answer, and closes the books of the call, also when that panics.
    #[inline]
    pub fn close<R>(
        &mut self,
        call: trace::Call<'_>,
        fuel: u64,
        lend: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut open = Open { running: self, call: Some(call), fuel, error: None };
        let lent = lend(open.running);
        open.error = lent.as_ref().err().copied();
        lent
    }

    /// Tells those who count and those who watch how a call ended.
    pub fn end_call(&mut self, call: trace::Call<'_>, fuel: u64, error: Option<&Error>) {
        // A call that could not be made is none.
        if !matches!(error, Some(Error::Call(_))) {
            self.instance.ended(fuel, error.copied());
        }
        call.end(fuel, error.copied());
    }

    /// Places the request, runs `entry`, and gives its packed answer.
    pub fn run(&mut self, entry: &I::Function, parts: &Parts<'_>, fuel: &mut u64) -> Result<u64, Error> {
        let arguments = self.place(parts, fuel)?;
        self.instance.run(entry, arguments, fuel)
    }

    /// Places the request; gives what an entry takes.
    pub fn place(&mut self, parts: &Parts<'_>, fuel: &mut u64) -> Result<[u32; 2], Error> {
        self.begin_call();
        let inbox = self.abi.map(|abi| abi.inbox).filter(|inbox| parts.len() <= inbox.len());
        let room = match inbox {
            Some(_) if parts.len() == 0 => GuestSlice::new(0, 0),
            Some(inbox) => GuestSlice::new(inbox.ptr(), parts.len()),
            None => self.make_room(parts.len(), fuel)?,
        };
        let placed = self.instance.memory(|memory| parts.write(room.write(memory)?));
        placed.ok_or(Fault::Allocator)?;
        Ok([room.ptr(), room.len()])
    }

    /// Puts a part of a request into the inbox; whether the request is one for that and no part of it is missing.
    pub fn put(&mut self, total: u32, offset: u32, part: &[u8]) -> bool {
        let Some(inbox) = self.abi.map(|abi| abi.inbox) else { return false };
        let fits = u64::from(total) + u64::from(HEADER) <= inbox.len().into();
        let next = match self.placed.take() {
            _ if offset == 0 && fits => 0,
            Some((whole, next)) if whole == total && next == offset => next,
            _ => return false,
        };
        let len = part.len() as u32;
        let place = GuestSlice::new(inbox.ptr() + HEADER + next, len);
        let put = |memory: &mut [u8]| place.write(memory).map(|room| room.copy_from_slice(part));
        if len > total - next || self.instance.memory(put).is_none() {
            return false;
        }
        self.placed = Some((total, next + len));
        true
    }

    /// Makes what an entry takes of the request that lies in the inbox.
    pub fn placed(&mut self, delivery: Delivery) -> Result<[u32; 2], Error> {
        let placed = self.placed.filter(|(total, next)| total == next);
        let (Some((len, _)), Some(Abi { inbox, .. })) = (placed, self.abi) else {
            return Err(CallError::Ended.into());
        };
        self.begin_call();
        let room = GuestSlice::new(inbox.ptr(), HEADER + len);
        let header = envelope::local_header(delivery == Delivery::Call, len);
        let ready = self.instance.memory(|memory| {
            let room = room.write(memory)?;
            match delivery {
                // As it is, and where any other would be.
                Delivery::Raw => room.copy_within(envelope::HEADER_LEN.., 0),
                Delivery::Call | Delivery::Event => *room.first_chunk_mut()? = header,
            }
            Some(())
        });
        ready.ok_or(Fault::Allocator)?;
        Ok([room.ptr(), if delivery == Delivery::Raw { len } else { room.len() }])
    }

    /// Room that the guest's allocator gives.
    #[inline(never)]
    fn make_room(&mut self, len: u32, fuel: &mut u64) -> Result<GuestSlice, Error> {
        if let (true, Some(reset)) = (self.allocated, &self.reset) {
            self.instance.run(reset, [0, 0], fuel)?;
            self.allocated = false;
        }
        if len == 0 {
            return Ok(GuestSlice::new(0, 0));
        }
        let allocate = self.allocate.as_ref().ok_or(Fault::NoRoom)?;
        self.allocated = true;
        match self.instance.run(allocate, [len, 0], fuel)? as u32 {
            0 => Err(Fault::NoRoom.into()),
            ptr => Ok(GuestSlice::new(ptr, len)),
        }
    }

    /// Lends the packed answer's bytes to `reply`: `Err` when the guest marked them as an error.
    pub fn answer<R>(
        &mut self,
        packed: u64,
        reply: impl FnOnce(Result<&[u8], &[u8]>) -> R,
    ) -> Result<R, Fault> {
        let enveloped = self.abi.is_none();
        self.bytes(packed, |bytes, error| {
            let (bytes, error) = match bytes {
                frame @ [_, ..] if enveloped => {
                    let envelope = Envelope::parse_plain(frame).ok_or(Fault::ReplyEnvelope)?;
                    (envelope.payload(), error || envelope.flags().contains(Flags::ERROR))
                }
                bare => (bare, error),
            };
            Ok(reply(if error { Err(bytes) } else { Ok(bytes) }))
        })?
    }

    /// Lends the packed answer's bytes as they are, and whether bit 63 is set.
    pub fn bytes<R>(&mut self, packed: u64, lend: impl FnOnce(&[u8], bool) -> R) -> Result<R, Fault> {
        self.instance.memory(|memory| {
            let bytes = GuestSlice::unpack(packed).read(memory).ok_or(Fault::ReplyRange)?;
            Ok(lend(bytes, packed >> 63 == 1))
        })
    }
}

/// A call whose books are open.
struct Open<'r, 'n, I: Instance<T>, T: 'static> {
    running: &'r mut Running<I, T>,
    call: Option<trace::Call<'n>>,
    fuel: u64,
    error: Option<Error>,
}

impl<I: Instance<T>, T: 'static> Drop for Open<'_, '_, I, T> {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.running.end_call(call, self.fuel, self.error.as_ref());
        }
    }
}

/// Bytes of an envelope's header.
const HEADER: u32 = envelope::HEADER_LEN as u32;
