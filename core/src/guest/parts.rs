//! What is placed in a guest's memory for a call.

use crate::{
    engine::Limits,
    envelope::{self, Flags, Version},
    error::CallError,
};

/// Bytes to place in guest memory: a header, if any, and what follows it.
pub(super) struct Parts<'a> {
    header: Option<[u8; envelope::HEADER_LEN]>,
    payload: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Bytes as they are.
    pub fn bare(payload: &'a [u8]) -> Result<Self, CallError> {
        length(payload)?;
        Ok(Self { header: None, payload })
    }

    /// A guest of ours gets an envelope without a checksum: it never leaves this machine's memory.
    pub fn local(payload: &'a [u8], expects_response: bool) -> Result<Self, CallError> {
        let len = length(payload)?;
        Ok(Self { header: Some(envelope::local_header(expects_response, len)), payload })
    }

    /// A guest of the predecessor gets the envelope that its own host would have written: no flags.
    pub fn version_1(payload: &'a [u8]) -> Result<Self, CallError> {
        length(payload)?;
        Ok(Self { header: Some(envelope::header(Version::V1, Flags::NONE, payload)), payload })
    }

    pub fn len(&self) -> u32 {
        // `length` refused what would not fit.
        (self.header.map_or(0, |header| header.len()) + self.payload.len()) as u32
    }

    /// Bytes of the request itself.
    pub fn payload_len(&self) -> usize {
        self.payload.len()
    }

    pub fn write(&self, room: &mut [u8]) -> Option<()> {
        let header = self.header.as_ref().map_or(&[][..], |header| header);
        room.get_mut(..header.len())?.copy_from_slice(header);
        room.get_mut(header.len()..)?.copy_from_slice(self.payload);
        Some(())
    }
}

fn length(payload: &[u8]) -> Result<u32, CallError> {
    match u32::try_from(payload.len()) {
        Ok(len) if len <= MAX_PAYLOAD => Ok(len),
        _ => Err(CallError::RequestTooLong),
    }
}

/// Nothing longer could be placed.
const MAX_PAYLOAD: u32 = Limits::MOST_MEMORY - envelope::HEADER_LEN as u32;
