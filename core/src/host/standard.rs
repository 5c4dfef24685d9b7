//! The host functions that the command and every firmware offer.

use super::{Cost, HostError, Import};
use crate::log::{Level, Log};

/// What the standard host functions need of a host's state.
pub trait Platform: 'static {
    /// Bytes of heap that it has, beside its own size.
    const HEAP: usize = 0;

    /// Where a guest's log lines go.
    fn log(&mut self) -> &mut Log;

    /// Takes a line from the guest: into the log, unless the platform says otherwise. `text` is whatever the guest
    /// said, see [`log::text`](crate::log::text).
    fn line(&mut self, level: Level, text: &[u8]) {
        self.log().push(level, text);
    }

    /// Microseconds since the host started; `None` where there is no clock.
    fn micros(&mut self) -> Option<u64>;

    /// Told that guest `guest` of its board is gone for good, whose state may not have been dropped: what it owned elsewhere
    /// is free.
    fn gone(_guest: u8)
    where
        Self: Sized,
    {
    }
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
        Import::new("__aingle_log", 0, Cost::STANDARD, log),
        Import::new("__aingle_time", 8, Cost::STANDARD, time),
        Import::new("__my_host_fn", 1024, Cost::STANDARD, echo),
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
