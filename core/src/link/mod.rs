//! The link: how a desktop asks a board, over any byte stream, to load a guest and to call it.
//!
//! ```text
//! 00 │ COBS( envelope v2 ( head, 6 bytes │ postcard of Request or Answer ) ) │ 00
//! ```
//!
//! One frame carries one envelope, one envelope one message. Whatever may be long travels in chunks, so frames can be
//! as short as 200 bytes: [`Request::Store`] sends a module or a request, of which [`Request::Load`] makes a guest and
//! [`Request::Call`] a call; [`Request::Fetch`] reads a reply from where the guest left it. A request that comes again
//! with the same sequence number is answered again, not run again.
//!
//! ```text
//! Reserve, Store… Load ──► Loaded          a module, if there is room for its guest
//! Store… Call ──► Replied ──► Fetch…        a short call, or one on a desktop
//! Store… Call ──► Underway ──► Await ──► Underway ──► Cancel       one that takes too long
//! ```
//!
//! A board may have several [`Guests`], numbered in the head of each message, and a [`Supervisor`] for each. The command
//! speaks this protocol to every target: to a [`Service`] in its own process for an engine on the desktop, to the same
//! [`Service`] in firmware over a UART or a socket.
//!
//! A link is trusted: whoever can write to it can load and run guests. Frames may be encrypted, which hides
//! and protects what they carry, but a board also takes plain ones.

pub mod client;
mod desk;
pub mod failure;
pub mod frame;
pub mod guests;
pub mod message;
mod run;
pub mod service;
pub mod single;
pub mod supervisor;
#[cfg(test)]
mod tests;

pub use client::{Client, Wire};
pub use failure::{Failure, LinkError};
pub use guests::Guests;
pub use message::{Answer, Delivery, Head, Heap, Info, Request};
pub use run::Run;
pub use service::Service;
pub use single::{Board, Single};
pub use supervisor::{FaultPolicy, Supervisor, Terms};

/// Version of the protocol; both sides refuse another.
pub const VERSION: u8 = 3;

/// Shortest frame that a link may have, in bytes on the wire. A name of an entry has some 100 bytes in it; what
/// does not fit is refused as [`LinkError::TooLong`].
pub const MIN_FRAME: usize = 200;

/// Bytes of an envelope in a frame of `frame` bytes: what COBS and the two zeros leave.
pub const fn envelope_capacity(frame: usize) -> usize {
    frame - 2 - frame / 254 - 1
}

/// Bytes of a chunk in a frame of `frame` bytes: what is left beside the envelope, encryption, head and the
/// message's other fields.
pub const fn chunk_capacity(frame: usize) -> usize {
    envelope_capacity(frame) - crate::envelope::HEADER_LEN - ENCRYPTION - message::HEAD_LEN - FIELDS
}

/// By which a refusal names an envelope that it refuses: half of the checksum. What may be sent again has to be
/// told from what was refused for good, and that may have been another frame.
fn mark(envelope: &[u8]) -> u16 {
    envelope.get(8..10).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
}

/// Key id, nonce and tag of an encrypted envelope.
const ENCRYPTION: usize = crate::codec::sealed_len(0, false, true) - crate::envelope::HEADER_LEN;

/// The longest of the other fields: two variants, three numbers of at most 5 bytes, the chunk's length; and what
/// compression can add to bytes that do not compress.
const FIELDS: usize = 2 + 3 * 5 + 3 + 24;
