//! The names and the record by which a guest and a host find each other.
//!
//! A guest of ours exports [`RECORD`], an `i32` constant: the address of eight little-endian `u32`s.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..4 | magic, `41 49 47 4c` ("AIGL" read as a number `0x4C474941`) |
//! | 4..8 | version of the ABI, [`VERSION`] |
//! | 8..16 | inbox: address and bytes |
//! | 16..24 | host-reply area: address and bytes |
//! | 24..28 | call depth it was built for, in frames; 0 says nothing |
//! | 28..32 | memory it was built for, in bytes; 0 says nothing |
//!
//! A guest without the record is one of the predecessor's: it gets and gives version 1 envelopes.

use crate::{error::ModuleError, memory::GuestSlice};

/// The ABI that this host speaks.
pub const VERSION: u32 = 1;

/// Export of a guest of ours: the address of its record.
pub const RECORD: &str = "__aingle_abi";

/// Export that gives room in guest memory: `(len: u32) -> ptr: u32`, 0 for no room.
pub const ALLOCATE: &str = "__aingle_guest_allocate";

/// Export of the predecessor's guests that makes their arena empty: `()`.
pub const RESET: &str = "__aingle_guest_reset_arena";

/// Names beginning thus belong to the ABI: never an entry.
pub const RESERVED: &str = "__aingle_";

/// The module of imports in message form.
pub const IMPORT_MODULE: &str = "env";

/// The module of imports in register form.
pub const REGISTER_MODULE: &str = "aingle_hal";

/// The record of a guest of ours, read once when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Abi {
    /// Where the host writes a request: header and payload.
    pub inbox: GuestSlice,
    /// Where the host writes the reply of a host function.
    pub host_reply: GuestSlice,
    /// Call depth that the guest was built for, in frames; 0 says nothing.
    pub depth: u32,
    /// Memory that the guest was built for, in bytes; 0 says nothing.
    pub memory: u32,
}

impl Abi {
    /// Reads the record at guest address `address` of `memory`.
    ///
    /// # Errors
    /// [`ModuleError::AbiVersion`] for a guest of a newer ABI; [`ModuleError::AbiRecord`] when the record
    /// or an area that it names lies outside memory, when the areas overlap, or the magic is another.
    pub fn read(memory: &[u8], address: u32) -> Result<Self, ModuleError> {
        let record = GuestSlice::new(address, field::LEN).read(memory).ok_or(ModuleError::AbiRecord)?;
        let word =
            |at: usize| u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
        if word(field::MAGIC) != MAGIC {
            return Err(ModuleError::AbiRecord);
        }
        if word(field::VERSION) != VERSION {
            return Err(ModuleError::AbiVersion);
        }
        let area = |at: usize| GuestSlice::new(word(at), word(at + 4));
        let abi = Self {
            inbox: area(field::INBOX),
            host_reply: area(field::HOST_REPLY),
            depth: word(field::DEPTH),
            memory: word(field::MEMORY),
        };
        let sound = |area: GuestSlice| area.read(memory).is_some();
        let apart = abi.inbox.is_empty()
            || abi.host_reply.is_empty()
            || end(abi.inbox) <= abi.host_reply.ptr().into()
            || end(abi.host_reply) <= abi.inbox.ptr().into();
        match sound(abi.inbox) && sound(abi.host_reply) && apart {
            true => Ok(abi),
            false => Err(ModuleError::AbiRecord),
        }
    }
}

fn end(area: GuestSlice) -> u64 {
    u64::from(area.ptr()) + u64::from(area.len())
}

const MAGIC: u32 = u32::from_le_bytes(*b"AIGL");

mod field {
    pub const MAGIC: usize = 0;
    pub const VERSION: usize = 4;
    pub const INBOX: usize = 8;
    pub const HOST_REPLY: usize = 16;
    pub const DEPTH: usize = 24;
    pub const MEMORY: usize = 28;
    pub const LEN: u32 = 32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip]
    static RECORD_BYTES: [u8; 40] = [
        b'A', b'I', b'G', b'L', 1, 0, 0, 0, 32, 0, 0, 0, 4, 0, 0, 0, 36, 0, 0, 0, 4, 0, 0, 0, 64, 0, 0, 0, 0, 16, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
    ];

    #[test]
    fn reads_a_record() {
        let abi = Abi::read(&RECORD_BYTES, 0).unwrap();
        assert_eq!((abi.inbox, abi.host_reply), (GuestSlice::new(32, 4), GuestSlice::new(36, 4)));
        assert_eq!((abi.depth, abi.memory), (64, 4096));
    }

    #[test]
    fn refuses_a_false_record() {
        let with = |at: usize, byte: u8| {
            let mut bytes = RECORD_BYTES;
            bytes[at] = byte;
            Abi::read(&bytes, 0)
        };
        assert_eq!(with(0, b'X'), Err(ModuleError::AbiRecord));
        assert_eq!(with(4, 2), Err(ModuleError::AbiVersion));
        assert_eq!(with(8, 37), Err(ModuleError::AbiRecord), "inbox past the end");
        assert_eq!(with(8, 34), Err(ModuleError::AbiRecord), "areas overlap");
        assert_eq!(Abi::read(&RECORD_BYTES, 9), Err(ModuleError::AbiRecord));
        assert_eq!(Abi::read(&RECORD_BYTES, u32::MAX), Err(ModuleError::AbiRecord));
    }
}
