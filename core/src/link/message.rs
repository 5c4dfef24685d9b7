//! What is said on a link.

use serde::{Deserialize, Serialize};

use super::{
    LinkError, Run,
    guests::Body,
    supervisor::{Health, Terms},
};
pub use crate::guest::Delivery;
use crate::{
    engine::{Footprint, Limits, Values},
    log::Level,
};

/// What every message begins with, at fixed places, so that any version can read it.
///
/// | bytes | meaning |
/// |---|---|
/// | 0 | version, [`VERSION`](super::VERSION) |
/// | 1 | kind: 1 a request, 2 an answer |
/// | 2 | guest, from 0 |
/// | 3 | 0 |
/// | 4..6 | sequence number, little-endian; an answer bears its request's, 0 answers what could not be read |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Head {
    /// Request or answer.
    pub kind: Kind,
    /// The guest that is meant.
    pub guest: u8,
    /// Number of the request.
    pub sequence: u16,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Kind {
    /// The desktop asks.
    Request = 1,
    /// The board answers.
    Answer = 2,
}

/// Bytes of a [`Head`].
pub const HEAD_LEN: usize = 6;

impl Head {
    /// The head's bytes.
    pub fn to_bytes(self) -> [u8; HEAD_LEN] {
        let [low, high] = self.sequence.to_le_bytes();
        [super::VERSION, self.kind as u8, self.guest, 0, low, high]
    }

    /// Splits a message into its head and body.
    ///
    /// # Errors
    /// [`LinkError::Malformed`] when it is too short or not of the form above, [`LinkError::Version`] when it
    /// is of another version of the link.
    pub fn split(message: &[u8]) -> Result<(Self, &[u8]), LinkError> {
        let (head, body) = message.split_first_chunk::<HEAD_LEN>().ok_or(LinkError::Malformed)?;
        let [version, kind, guest, zero, low, high] = *head;
        let kind = match kind {
            1 => Kind::Request,
            2 => Kind::Answer,
            _ => return Err(LinkError::Malformed),
        };
        match (version, zero) {
            (super::VERSION, 0) => {
                Ok((Self { kind, guest, sequence: u16::from_le_bytes([low, high]) }, body))
            }
            (super::VERSION, _) => Err(LinkError::Malformed),
            _ => Err(LinkError::Version),
        }
    }
}

/// What a desktop asks for. On the wire: postcard, variants numbered in this order from 0.
#[expect(
    clippy::large_enum_variant,
    reason = "a message lives on the stack for one exchange; there is no heap to box it on"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Request<'a> {
    /// Who is there? Always the first request.
    Info,
    /// Part of a body: a module or a call's request. Begins at `offset`, which must be where the last part
    /// ended; an answer says where the next must begin, so a broken upload goes on where it stood. With the first part
    /// of a module the guest that was there is unloaded.
    Store {
        /// What the body becomes.
        body: Body,
        /// Where the part begins, in bytes.
        offset: u32,
        /// Bytes of the whole body.
        total: u32,
        /// CRC-32 of the whole body.
        crc: u32,
        /// The part.
        bytes: &'a [u8],
    },
    /// Makes a guest of the stored module.
    Load,
    /// Calls an entry with the stored request, or with nothing when `empty`. The answer comes when the call is done,
    /// or says after a while that it is under way.
    Call {
        /// Name of the entry.
        entry: &'a str,
        /// Limit of the call, in units.
        fuel: u64,
        /// The request is empty: no body was stored for it.
        empty: bool,
        /// How the request is put to the guest.
        delivery: Delivery,
    },
    /// Runs a numeric export, and is answered as a call is.
    Invoke {
        /// Name of the export.
        export: &'a str,
        /// Limit of the run, in units.
        fuel: u64,
        /// Arguments.
        arguments: Values,
    },
    /// A part of the last reply, from `offset` on.
    Fetch {
        /// Where the part begins, in bytes.
        offset: u32,
        /// Most bytes that the desktop has room for in a frame.
        most: u32,
    },
    /// Ends the guest and frees what it held.
    Unload,
    /// The oldest line of the guest's log, which is then forgotten.
    Log,
    /// What the last call or run came to, answered as it would have been.
    Await,
    /// Ends the call or run that is under way.
    Cancel,
    /// How is the guest?
    Health,
    /// Sets how the guest is treated.
    Keep(Terms),
    /// Lets a guest that rests, or that waits for this word, take calls again.
    Revive,
    /// Is there room for a guest that takes so much? Asked ahead of its module, whose bytes are of the heap until it is
    /// translated.
    Reserve(Footprint),
}

/// What a board answers. On the wire: postcard, variants numbered in this order from 0.
#[expect(
    clippy::large_enum_variant,
    reason = "a message lives on the stack for one exchange; there is no heap to box it on"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer<'a> {
    /// To [`Request::Info`].
    #[serde(borrow)]
    Info(Info<'a>),
    /// To [`Request::Store`] and [`Request::Reserve`]: the next part begins here.
    Stored {
        /// Bytes held so far.
        next: u32,
    },
    /// To [`Request::Load`].
    Loaded {
        /// The guest's memory in bytes.
        memory: u32,
    },
    /// To [`Request::Call`]: fetch the reply.
    Replied {
        /// The guest marked its answer as an error.
        error: bool,
        /// Bytes of the reply.
        total: u32,
        /// CRC-32 of the reply.
        crc: u32,
        /// What the run took.
        run: Run,
    },
    /// To [`Request::Invoke`].
    Returned {
        /// Results.
        results: Values,
        /// What the run took.
        run: Run,
    },
    /// To [`Request::Fetch`].
    Chunk {
        /// The part; empty at the reply's end.
        bytes: &'a [u8],
    },
    /// To [`Request::Unload`].
    Unloaded,
    /// To [`Request::Log`].
    Log {
        /// The line, if there was one.
        line: Option<(Level, &'a str)>,
        /// Lines that found no room since this was last asked.
        dropped: u32,
    },
    /// To [`Request::Call`], [`Request::Invoke`] and [`Request::Await`]: it goes on.
    Underway {
        /// Units of fuel so far.
        fuel_used: u64,
    },
    /// To [`Request::Cancel`], [`Request::Health`], [`Request::Keep`] and [`Request::Revive`]: how the guest is now.
    Health(Health),
    /// The request failed.
    Failed {
        /// An [`Error::code`](crate::error::Error::code) or a [`LinkError::code`].
        code: u8,
        /// An [`Error::detail`](crate::error::Error::detail); under sequence number 0 the first half of the refused envelope's checksum field.
        detail: u16,
        /// What the run took, when there was one.
        run: Run,
    },
}

/// A heap, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Heap {
    /// In use.
    pub used: u32,
    /// Most that was in use since it was last empty and wiped, or since the board started.
    pub peak: u32,
    /// Size of the heap; 0 where there is no bound.
    pub size: u32,
}

/// What a board is and has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Info<'a> {
    /// Version of the ABI between host and guest.
    pub abi: u32,
    /// Hash of the fuel specification that the engine charges by; 0 when it follows none.
    pub fuel_spec: u32,
    /// Name of the board, or of the engine on a desktop.
    pub board: &'a str,
    /// How many guests there may be.
    pub guests: u8,
    /// Memory that the guest of the number asked is made of.
    pub heap: Heap,
    /// Memory for that guest and its engine; 0 where there is no bound.
    pub room: Footprint,
    /// What that guest may take.
    pub limits: Limits,
    /// Longest body that it may be sent, in bytes.
    pub body: u32,
    /// Longest frame in bytes on the wire.
    pub frame: u32,
}
