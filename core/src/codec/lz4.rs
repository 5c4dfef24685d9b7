//! LZ4 blocks: `decoded length (u32) │ block`.

use core::fmt;

use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};

use super::Error;
use crate::envelope;

/// What the compressor remembers of a payload while it works: 16 KiB, the caller's.
///
/// One table serves any number of payloads, one after another.
pub struct Table(CompressTable);

impl Table {
    /// A table for payloads of any length.
    pub fn new() -> Self {
        Self(CompressTable::large())
    }

    /// The stage that compresses by this table.
    pub fn compress(&mut self) -> Compress<'_> {
        Compress { table: self, run: compress }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Table {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Table");
    }
}

/// The stage that compresses, made by [`Table::compress`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Compress<'a> {
    table: &'a mut Table,
    #[cfg_attr(feature = "defmt", defmt(Debug2Format))]
    run: CompressFn,
}

impl Compress<'_> {
    pub(super) fn run(self, payload: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        (self.run)(self.table, payload, out)
    }
}

/// The stage that decompresses.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Decompress {
    #[cfg_attr(feature = "defmt", defmt(Debug2Format))]
    run: DecompressFn,
}

impl Decompress {
    /// The stage; it needs nothing.
    #[expect(clippy::new_without_default, reason = "naming it links the algorithm: never by accident")]
    pub const fn new() -> Self {
        Self { run: decompress }
    }

    pub(super) fn run<'a>(&self, payload: &[u8], room: &'a mut [u8]) -> Result<&'a [u8], Error> {
        (self.run)(payload, room)
    }
}

/// Room that the compressor wants for a payload of `payload_len` bytes.
pub(super) const fn max_len(payload_len: usize) -> usize {
    if payload_len > MAX_INPUT {
        return usize::MAX;
    }
    LENGTH_LEN + get_maximum_output_size(payload_len)
}

type CompressFn = fn(&mut Table, &[u8], &mut [u8]) -> Result<usize, Error>;
type DecompressFn = for<'a> fn(&[u8], &'a mut [u8]) -> Result<&'a [u8], Error>;

fn compress(table: &mut Table, payload: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    if payload.len() > MAX_INPUT {
        return Err(envelope::Error::TooLong.into());
    }
    let (length, block) = out.split_first_chunk_mut().ok_or(envelope::Error::NoRoom)?;
    *length = (payload.len() as u32).to_le_bytes();
    let len = compress_into_with_table(payload, block, &mut table.0).map_err(|_| envelope::Error::NoRoom)?;
    Ok(LENGTH_LEN + len)
}

fn decompress<'a>(payload: &[u8], room: &'a mut [u8]) -> Result<&'a [u8], Error> {
    let (&length, block) = payload.split_first_chunk().ok_or(Error::CompressedTooShort)?;
    let length = u32::from_le_bytes(length) as usize;
    let room = room.get_mut(..length).ok_or(Error::DecodedTooLong)?;
    // An exact slice of zeros: a block that refers to what it has not written yet sees no old bytes.
    room.fill(0);
    match decompress_into(block, room) {
        Ok(len) if len == length => Ok(room),
        _ => {
            room.fill(0);
            Err(Error::Compressed)
        }
    }
}

const LENGTH_LEN: usize = size_of::<u32>();

/// The longest payload that LZ4 defines.
const MAX_INPUT: usize = 0x7e00_0000;
