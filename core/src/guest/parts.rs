//! What is placed in a guest's memory for a call.

use crate::{
    engine::Limits,
    envelope::{self, Flags, Version},
    error::CallError,
};

/// Bytes to place in guest memory: a payload, and what stands before it.
pub(super) struct Parts<'a> {
    front: Front,
    payload: &'a [u8],
}

/// What stands before a payload.
enum Front {
    Nothing,
    Local { expects_response: bool },
    Version1,
}

impl<'a> Parts<'a> {
    /// Bytes as they are.
    pub fn bare(payload: &'a [u8]) -> Result<Self, CallError> {
        Self::new(Front::Nothing, payload)
    }

    /// A guest of ours gets an envelope without a checksum: it never leaves this machine's memory.
    pub fn local(payload: &'a [u8], expects_response: bool) -> Result<Self, CallError> {
        Self::new(Front::Local { expects_response }, payload)
    }

    /// A guest of the predecessor gets the envelope that its own host would have written: no flags.
    pub fn version_1(payload: &'a [u8]) -> Result<Self, CallError> {
        Self::new(Front::Version1, payload)
    }

    fn new(front: Front, payload: &'a [u8]) -> Result<Self, CallError> {
        // Nothing longer could be placed.
        match payload.len() <= MAX_PAYLOAD {
            true => Ok(Self { front, payload }),
            false => Err(CallError::RequestTooLong),
        }
    }

    pub fn len(&self) -> u32 {
        let front = match self.front {
            Front::Nothing => 0,
            Front::Local { .. } | Front::Version1 => envelope::HEADER_LEN,
        };
        (front + self.payload.len()) as u32
    }

    /// Bytes of the request itself.
    pub fn payload_len(&self) -> usize {
        self.payload.len()
    }

    /// Writes them to `room`, which is as long.
    pub fn write(&self, room: &mut [u8]) -> Option<()> {
        let header = match self.front {
            Front::Nothing => return copy(self.payload, room),
            Front::Local { expects_response } => {
                envelope::local_header(expects_response, self.payload.len() as u32)
            }
            Front::Version1 => envelope::header(Version::V1, Flags::NONE, self.payload),
        };
        let (front, room) = room.split_first_chunk_mut()?;
        *front = header;
        copy(self.payload, room)
    }
}

fn copy(payload: &[u8], room: &mut [u8]) -> Option<()> {
    room.get_mut(..payload.len())?.copy_from_slice(payload);
    Some(())
}

const MAX_PAYLOAD: usize = Limits::MOST_MEMORY as usize - envelope::HEADER_LEN;
