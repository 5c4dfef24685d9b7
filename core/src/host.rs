//! Host functions: what a guest may ask of its host, and the one path that such a call takes.
//!
//! ```text
//! guest          host
//!   │ NAME(ptr, len)   request: bytes in guest memory
//!   ├──────────────► dispatch ── finds room for the reply in guest memory
//!   │                  │   its function(&mut T, request, room) -> length
//!   │ ◄────────────────┘ reply: pointer and length, bit 63 set for an error
//! ```
//!
//! A host function never calls the guest back: it is handed no way to. The one re-entry is the guest's own allocator,
//! which a host asks for room when a guest of the predecessor waits for a reply; a host call from within that ends the
//! run with [`Fault::Reentry`].

mod import;
mod imports;
mod register;
mod standard;
mod typed;

pub use import::{Answer, Cost, HostError, Import};
pub use imports::{Imports, Message, Offered};
pub use register::{Call, MAX_REGISTERS, Register, Registers, Side};
pub use standard::{Platform, standard};
pub use typed::typed;

use register::Hooks;

use crate::{
    abi::Abi,
    crc::Crc32,
    engine::Caller,
    envelope::{self, Envelope, Flags, Version},
    error::{Error, Fault},
    memory::GuestSlice,
    panic,
};

/// The host's side of one guest: the user's `T` and the books of the call that is under way.
pub struct Host<T: 'static> {
    /// The user's own state, handed to every host function.
    pub state: T,
    pub(crate) abi: Option<Abi>,
    pub(crate) calls: u32,
    pub(crate) digest: Crc32,
    /// Calls of hardware that were refused.
    pub(crate) denied: u32,
    /// What is asked of a state that is hardware.
    hardware: Option<&'static Hooks<T>>,
    allocating: bool,
}

impl<T: 'static> Host<T> {
    /// The host's side of a guest that is about to start.
    pub fn new(state: T) -> Self {
        let (abi, hardware) = (None, None);
        Self { state, abi, calls: 0, digest: Crc32::new(), denied: 0, hardware, allocating: false }
    }

    pub(crate) fn begin_call(&mut self) {
        self.allocating = false;
        if self.calls > 0 {
            (self.calls, self.denied) = (0, 0);
            self.digest = Crc32::new();
        }
    }

    /// Enters a host call in the books.
    fn count(&mut self, name: &str) {
        self.calls = self.calls.saturating_add(1);
        self.digest.update(name.as_bytes());
    }

    /// Enters a host call in register form, which is to cost little.
    #[inline(always)]
    fn count_registers(&mut self, mark: u32, &[a, b, c, d]: &Registers) {
        self.calls = self.calls.saturating_add(1);
        let mut digest = self.digest;
        digest.stir(mark);
        digest.stir(a);
        digest.stir(b);
        digest.stir(c);
        digest.stir(d);
        self.digest = digest;
    }
}

/// Performs the host call `import(ptr, len)` of `caller`: what every backend's trampoline runs.
///
/// # Errors
/// [`Fault`] when the guest broke the ABI or the host function stopped it; why its allocator did not
/// end by itself; [`Abstain::Panic`](crate::error::Abstain::Panic) when the host function panicked.
pub fn dispatch<T: 'static>(
    caller: &mut impl Caller<Host<T>>,
    import: &Import<T>,
    ptr: u32,
    len: u32,
) -> Result<u64, Error> {
    let request = GuestSlice::new(ptr, len);
    let abi = caller.with_memory(|memory, host| {
        if host.allocating {
            return Err(Fault::Reentry);
        }
        request.read(memory).ok_or(Fault::RequestRange)?;
        Ok(host.abi)
    })?;
    caller.charge(import.cost.of(len))?;
    // Here, since not every engine's frames can be unwound.
    panic::caught(|| match abi {
        Some(abi) => bare(caller, import, request, abi.host_reply),
        None => enveloped(caller, import, request),
    })
}

/// A guest of ours: bare bytes both ways, the reply in the guest's host-reply area.
fn bare<T: 'static>(
    caller: &mut impl Caller<Host<T>>,
    import: &Import<T>,
    request: GuestSlice,
    area: GuestSlice,
) -> Result<u64, Error> {
    caller
        .with_memory(|memory, host| {
            host.count(import.name);
            let (request, room) = request.read_beside(area, memory)?;
            host.digest.update(request);
            let (len, error) = match import.call(&mut host.state, request, room) {
                Ok(len) => (len, false),
                Err(HostError::Failed(len)) => (len, true),
                Err(HostError::TooSmall(needed)) => (size_needed(needed, room), true),
                Err(HostError::Stop) => return Err(Fault::Stopped),
            };
            let len = len.min(room.len()) as u32;
            Ok(GuestSlice::new(if len == 0 { 0 } else { area.ptr() }, len).pack(error))
        })
        .map_err(Error::from)
}

/// A guest of the predecessor: version 1 envelopes both ways, the reply where its allocator says.
fn enveloped<T: 'static>(
    caller: &mut impl Caller<Host<T>>,
    import: &Import<T>,
    request: GuestSlice,
) -> Result<u64, Error> {
    caller.with_host(|host| {
        host.count(import.name);
        host.allocating = true;
    });
    let room_len = envelope::HEADER_LEN as u32 + import.max_reply;
    let ptr = caller.allocate(room_len)?;
    caller
        .with_memory(|memory, host| {
            host.allocating = false;
            let room = GuestSlice::new(ptr, room_len);
            if ptr == 0 {
                return Err(Fault::NoRoom);
            }
            if room.read(memory).is_none() {
                return Err(Fault::Allocator);
            }
            let (request, room) = request.read_beside(room, memory).map_err(|_| Fault::Allocator)?;
            // Only now: the allocator may have changed what it was to answer.
            host.digest.update(request);
            let payload = match request {
                [] => &[],
                frame => Envelope::parse_plain(frame).ok_or(Fault::RequestEnvelope)?.payload(),
            };
            let body = &mut room[envelope::HEADER_LEN..];
            let (len, error) = match import.call(&mut host.state, payload, body) {
                Ok(len) => (len, false),
                Err(HostError::Failed(len)) => (len, true),
                Err(HostError::TooSmall(needed)) => (size_needed(needed, body), true),
                Err(HostError::Stop) => return Err(Fault::Stopped),
            };
            let len = len.min(body.len());
            let flags = if error { Flags::ERROR } else { Flags::NONE };
            let total =
                envelope::seal_in_place(Version::V1, flags, len, room).map_err(|_| Fault::ReplyEnvelope)?;
            Ok(GuestSlice::new(ptr, total as u32).pack(error))
        })
        .map_err(Error::from)
}

/// Tells the guest how much room the reply needs: "SIZE" and a little-endian `u32`.
fn size_needed(needed: u32, room: &mut [u8]) -> usize {
    let Some(room) = room.get_mut(..8) else { return 0 };
    room[..4].copy_from_slice(b"SIZE");
    room[4..].copy_from_slice(&needed.to_le_bytes());
    8
}
