//! What can go wrong between a guest and its host.

use core::fmt;

use crate::Reply;

/// Why a request could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not begin as an envelope does.
    Magic,
    /// The envelope is of a version that guests do not get.
    Version,
    /// The envelope is not `local`, or carries a flag that a guest does not know.
    Flags,
    /// The envelope is cut short, or longer than it says.
    Length,
    /// The address is neither the inbox nor memory that the host asked for.
    Place,
    /// A call runs, and its request is in use: [`host_args`](crate::host_args) was called inside an
    /// `#[entry]`, or the host called an entry from a host function.
    InUse,
    /// This is no WebAssembly guest: there is no host to have sent a request.
    NoHost,
}

impl Error {
    /// The error in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Error::Magic => "the request is not an envelope",
            Error::Version => "the request's version is unknown",
            Error::Flags => "the request's flags are unknown",
            Error::Length => "the request's length is wrong",
            Error::Place => "the request is in the wrong place",
            Error::InUse => "the request is in use",
            Error::NoHost => "there is no host",
        }
    }
}

impl AsRef<[u8]> for Error {
    fn as_ref(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for Error {}

/// Why a host function gave no reply.
///
/// As bytes it is its words, so that an entry can hand it on with `?`.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// The host answered with an error; its words.
    Refused(Reply),
    /// The reply needs this many bytes, more than [`HOST_REPLY`](crate::HOST_REPLY).
    TooLarge(u32),
    /// The [`Reply`] of an earlier call is still held: copy it, or let go of it.
    InUse,
    /// The host answered with something that is no reply.
    Malformed,
    /// This is no WebAssembly guest: there is no host to ask.
    NoHost,
}

impl AsRef<[u8]> for HostError {
    fn as_ref(&self) -> &[u8] {
        let words = match self {
            HostError::Refused(reply) => return reply,
            HostError::TooLarge(_) => "the host's reply is too large",
            HostError::InUse => "the host's last reply is in use",
            HostError::Malformed => "the host's reply is malformed",
            HostError::NoHost => "there is no host",
        };
        words.as_bytes()
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.as_ref()).unwrap_or("the host refused"))
    }
}

impl core::error::Error for HostError {}
