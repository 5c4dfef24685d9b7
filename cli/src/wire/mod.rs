//! The byte streams that a link runs over, one for each kind of target.

pub(crate) mod process;
pub mod qemu;
pub mod serial;
pub mod tcp;

use std::{
    fmt, io,
    time::{Duration, Instant},
};

use aingle_wasm_core::link;

/// Any of the streams. Beside the client's own patience it ends a wait in which bytes keep coming and never make
/// a frame.
pub struct Wire {
    stream: Box<dyn link::Wire<Error = Error>>,
    timeout: Duration,
    asked: Instant,
}

impl Wire {
    pub(crate) fn new(stream: impl link::Wire<Error = Error> + 'static, timeout: Duration) -> Self {
        Self { stream: Box::new(stream), timeout, asked: Instant::now() }
    }

    /// How many empty receives in a row last about as long as `timeout`.
    pub(crate) fn patience(timeout: Duration) -> u32 {
        u32::try_from(timeout.as_millis() / TICK.as_millis()).unwrap_or(u32::MAX).max(1)
    }
}

impl link::Wire for Wire {
    type Error = Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.asked = Instant::now();
        self.stream.send(bytes)
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        let len = self.stream.receive(room)?;
        match len > 0 && self.asked.elapsed() > self.timeout.saturating_mul(2) {
            true => Err(Error::Noise),
            false => Ok(len),
        }
    }
}

/// Why a stream failed.
#[derive(Debug)]
pub enum Error {
    /// The other side ended the stream; what it said last, if anything.
    Closed(String),
    /// The system's word.
    Io(io::Error),
    /// Bytes came all the time, an answer did not.
    Noise,
    /// The engine in this process panicked: no verdict on the guest.
    Panicked,
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
                Error::Closed(String::new())
            }
            _ => Error::Io(error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Closed(words) if words.is_empty() => f.write_str("the other side ended the connection"),
            Error::Closed(words) => f.write_str(words),
            Error::Io(error) => error.fmt(f),
            Error::Noise => f.write_str("bytes came, but no answer among them"),
            Error::Panicked => f.write_str("the engine panicked"),
        }
    }
}

impl std::error::Error for Error {}

/// Reads once; 0 when nothing came in the stream's time.
fn receive(stream: &mut impl io::Read, room: &mut [u8]) -> Result<usize, Error> {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    match stream.read(room) {
        Ok(0) if !room.is_empty() => Err(Error::Closed(String::new())),
        Ok(len) => Ok(len),
        Err(error) if matches!(error.kind(), Interrupted | TimedOut | WouldBlock) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// How long one receive waits.
const TICK: Duration = Duration::from_millis(50);
