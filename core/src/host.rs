//! Host functions: what a guest may ask of its host, and the one path that such a call takes.
//!
//! ```text
//! guest          host
//!   │ NAME(ptr, len)   request: bytes in guest memory
//!   ├──────────────► dispatch ── finds room for the reply in guest memory
//!   │                  │   Import::call(&mut T, request, room) -> length
//!   │ ◄────────────────┘ reply: pointer and length, bit 63 set for an error
//! ```

use crate::{
    abi::Abi,
    crc::Crc32,
    engine::Caller,
    envelope::{self, Flags, Version},
    error::{Error, Fault},
    guest::plain,
    log::{Level, Log},
    memory::GuestSlice,
};

/// A host function: an entry of the table that a guest is started with.
///
/// State lives in the host's `T`, so a plain function pointer suffices and the table can be a constant.
pub struct Import<T: 'static> {
    /// The name, in the module [`env`](crate::abi::IMPORT_MODULE).
    pub name: &'static str,
    /// Longest reply in bytes; a guest of the predecessor is asked for that much room.
    pub max_reply: u32,
    /// What a call costs the guest.
    pub cost: Cost,
    /// Answers a request: writes the reply into the room and says its length.
    pub call: Answer<T>,
}

/// The fuel of a host call, charged before the host does anything for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cost {
    /// Units for each call, beside what the guest pays for its own `call` operator.
    pub call: u32,
    /// Bytes of the request for one unit more, rounded down; 0 charges nothing for bytes.
    pub bytes_per_unit: u32,
}

impl Cost {
    /// What the work of a short host function comes to, and of one that copies its request.
    pub const STANDARD: Self = Self { call: 20, bytes_per_unit: 16 };

    const fn of(self, request_len: u32) -> u64 {
        let bytes = match request_len.checked_div(self.bytes_per_unit) {
            Some(units) => units,
            None => 0,
        };
        self.call as u64 + bytes as u64
    }
}

/// Answers a request: state, request, room for the reply; gives the reply's length in bytes.
pub type Answer<T> = fn(&mut T, &[u8], &mut [u8]) -> Result<usize, HostError>;

/// Why a host function has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HostError {
    /// The room does not suffice; so many bytes do. The guest learns the number.
    TooSmall(u32),
    /// The guest gets an error; its text is that many bytes at the room's start.
    Failed(usize),
    /// The guest is stopped: it traps.
    Stop,
}

impl HostError {
    /// An error for the guest with as much of `text` as fits in `room`.
    pub fn failed(text: &str, room: &mut [u8]) -> Self {
        let len = text.len().min(room.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        HostError::Failed(len)
    }
}

/// The host's side of one guest: the user's `T` and the books of the call that is under way.
pub struct Host<T> {
    /// The user's own state, handed to every host function.
    pub state: T,
    pub(crate) abi: Option<Abi>,
    pub(crate) calls: u32,
    pub(crate) digest: Crc32,
    allocating: bool,
}

impl<T> Host<T> {
    /// The host's side of a guest that is about to start.
    pub fn new(state: T) -> Self {
        Self { state, abi: None, calls: 0, digest: Crc32::new(), allocating: false }
    }

    pub(crate) fn begin_call(&mut self) {
        self.calls = 0;
        self.digest = Crc32::new();
        self.allocating = false;
    }

    /// Enters a host call in the books.
    fn count(&mut self, name: &str) {
        self.calls = self.calls.saturating_add(1);
        self.digest.update(name.as_bytes());
    }
}

/// Performs the host call `import(ptr, len)` of `caller`: what every backend's trampoline runs.
///
/// # Errors
/// [`Fault`] when the guest broke the ABI or the host function stopped it; why its allocator did not
/// end by itself.
pub fn dispatch<T: 'static>(
    caller: &mut impl Caller<T>,
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
    match abi {
        Some(abi) => bare(caller, import, request, abi.host_reply),
        None => enveloped(caller, import, request),
    }
}

/// A guest of ours: bare bytes both ways, the reply in the guest's host-reply area.
fn bare<T: 'static>(
    caller: &mut impl Caller<T>,
    import: &Import<T>,
    request: GuestSlice,
    area: GuestSlice,
) -> Result<u64, Error> {
    caller
        .with_memory(|memory, host| {
            host.count(import.name);
            let (request, room) = request.read_beside(area, memory)?;
            host.digest.update(request);
            let (len, error) = match (import.call)(&mut host.state, request, room) {
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
    caller: &mut impl Caller<T>,
    import: &Import<T>,
    request: GuestSlice,
) -> Result<u64, Error> {
    caller.with_memory(|_, host| {
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
                frame => plain(frame).ok_or(Fault::RequestEnvelope)?.payload(),
            };
            let body = &mut room[envelope::HEADER_LEN..];
            let (len, error) = match (import.call)(&mut host.state, payload, body) {
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

/// What the standard host functions need of a host's state.
pub trait Platform: 'static {
    /// Where a guest's log lines go.
    fn log(&mut self) -> &mut Log;

    /// Takes a line from the guest: into the log, unless the platform says otherwise. `text` is whatever the guest
    /// said, see [`log::text`](crate::log::text).
    fn line(&mut self, level: Level, text: &[u8]) {
        self.log().push(level, text);
    }

    /// Microseconds since the host started; `None` where there is no clock.
    fn micros(&mut self) -> Option<u64>;
}

/// The least host that there is: a log, and no clock.
impl Platform for Log {
    fn log(&mut self) -> &mut Log {
        self
    }

    fn micros(&mut self) -> Option<u64> {
        None
    }
}

/// The host functions that the command and every firmware offer.
///
/// | name in `env` | request | reply |
/// |---|---|---|
/// | `__aingle_log` | level (1 error to 5 trace) in one byte, then UTF-8 text | empty |
/// | `__aingle_time` | empty | microseconds since the host started, little-endian `u64` |
/// | `__my_host_fn` | any bytes | `host:` and the same bytes: the example in the predecessor's quick start |
///
/// Each costs [`Cost::STANDARD`].
pub const fn standard<T: Platform>() -> &'static [Import<T>] {
    Standard::<T>::TABLE
}

struct Standard<T>(core::marker::PhantomData<T>);

impl<T: Platform> Standard<T> {
    const TABLE: &'static [Import<T>] = &[
        Import { name: "__aingle_log", max_reply: 0, cost: Cost::STANDARD, call: log },
        Import { name: "__aingle_time", max_reply: 8, cost: Cost::STANDARD, call: time },
        Import { name: "__my_host_fn", max_reply: 1024, cost: Cost::STANDARD, call: echo },
    ];
}

fn log<T: Platform>(state: &mut T, request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
    match request.split_first() {
        Some((&level, text)) => match Level::from_number(level) {
            Some(level) => {
                state.line(level, text);
                Ok(0)
            }
            None => Err(HostError::failed("no such log level", room)),
        },
        None => Err(HostError::failed("a log line begins with its level", room)),
    }
}

fn time<T: Platform>(state: &mut T, _request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
    let Some(micros) = state.micros() else {
        return Err(HostError::failed("this host has no clock", room));
    };
    let reply = room.get_mut(..8).ok_or(HostError::TooSmall(8))?;
    reply.copy_from_slice(&micros.to_le_bytes());
    Ok(8)
}

fn echo<T: Platform>(_state: &mut T, request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
    let len = ECHO.len() + request.len();
    let reply = room.get_mut(..len).ok_or(HostError::TooSmall(len as u32))?;
    reply[..ECHO.len()].copy_from_slice(ECHO);
    reply[ECHO.len()..].copy_from_slice(request);
    Ok(len)
}

const ECHO: &[u8] = b"host:";
