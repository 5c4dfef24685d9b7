//! The envelope: a header of 12 bytes, then the payload. All numbers are little-endian.
//!
//! ```text
//! 0       2         3       4             8          12
//! │ 49 41 │ version │ flags │ payload_len │ checksum │ payload … │
//! ```
//!
//! The checksum is a CRC-32: over the payload in version 1, over header bytes 0 to 7 and then the payload in
//! version 2. Reading borrows, writing goes into the caller's buffer.
//!
//! A *local* envelope ([`Flags::LOCAL`]) never leaves the memory that host and guest share: its checksum is 0.
//! [`Envelope::parse`], the door for links and files, refuses it; [`Envelope::parse_local`] takes nothing else.

use core::fmt;

use crate::{crc::Crc32, error::codes};

mod header;

pub use header::{Flags, Version};

/// Bytes before the payload.
pub const HEADER_LEN: usize = field::CHECKSUM.end;

/// What the first two bytes say.
pub const MAGIC: u16 = 0x4149;

/// A view of bytes that were checked to be one whole envelope.
///
/// ```
/// use aingle_wasm_core::envelope::{self, Envelope, Flags, Version};
///
/// let mut frame = [0; 64];
/// let len = envelope::encode(Version::V2, Flags::EXPECTS_RESPONSE, b"21.5", &mut frame)?;
/// let envelope = Envelope::parse(&frame[..len])?;
/// assert_eq!(envelope.payload(), b"21.5");
/// # Ok::<(), envelope::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Envelope<'a> {
    version: Version,
    flags: Flags,
    bytes: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Checks that `bytes` are one envelope from a link or a file, all of it and nothing else.
    ///
    /// # Errors
    /// The first thing found wrong, in the order of the header's fields, the checksum last.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let envelope = Self::check_header(bytes)?;
        if envelope.flags.contains(Flags::LOCAL) {
            return Err(Error::Local);
        }
        envelope.check_len()?;
        let (header, payload) = bytes.split_at(HEADER_LEN);
        if read_u32(&header[field::CHECKSUM]) != checksum(envelope.version, header, payload) {
            return Err(Error::Checksum);
        }
        Ok(envelope)
    }

    /// As [`Envelope::parse`], for whoever has no codec: `None` also when the payload is compressed or encrypted.
    pub(crate) fn parse_plain(bytes: &'a [u8]) -> Option<Self> {
        let envelope = Self::parse(bytes).ok()?;
        let coded = [Flags::COMPRESSED, Flags::ENCRYPTED].iter().any(|&flag| envelope.flags().contains(flag));
        (!coded).then_some(envelope)
    }

    /// Checks that `bytes`, in memory that host and guest share, are one local envelope: version 2, flags
    /// [`Flags::LOCAL`] and at most [`Flags::EXPECTS_RESPONSE`], checksum 0.
    ///
    /// # Errors
    /// The first thing found wrong; [`Error::NotLocal`] for an envelope that may travel.
    pub fn parse_local(bytes: &'a [u8]) -> Result<Self, Error> {
        let envelope = Self::check_header(bytes)?;
        if !envelope.flags.contains(Flags::LOCAL) {
            return Err(Error::NotLocal);
        }
        if envelope.flags.without(Flags::EXPECTS_RESPONSE) != Flags::LOCAL {
            return Err(Error::LocalFlags);
        }
        envelope.check_len()?;
        match read_u32(&bytes[field::CHECKSUM]) {
            0 => Ok(envelope),
            _ => Err(Error::Checksum),
        }
    }

    /// The version of the layout.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The flags, all of them known.
    pub const fn flags(&self) -> Flags {
        self.flags
    }

    /// The bytes behind the header, still compressed or encrypted if the flags say so.
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[HEADER_LEN..]
    }

    /// The header as it is.
    pub fn header(&self) -> &'a [u8] {
        &self.bytes[..HEADER_LEN]
    }

    fn check_header(bytes: &'a [u8]) -> Result<Self, Error> {
        let header = bytes.get(..HEADER_LEN).ok_or(Error::Truncated)?;
        if header[field::MAGIC] != MAGIC.to_le_bytes() {
            return Err(Error::Magic);
        }
        let version = Version::from_number(header[field::VERSION])?;
        let flags = Flags::from_bits(header[field::FLAGS]).ok_or(Error::UnknownFlags)?;
        if version == Version::V1 && flags.contains(Flags::LOCAL) {
            return Err(Error::UnknownFlags);
        }
        Ok(Self { version, flags, bytes })
    }

    /// Compares lengths without adding: 12 and a length of `u32::MAX` would wrap on 32 bits.
    fn check_len(&self) -> Result<(), Error> {
        let stated = read_u32(&self.bytes[field::PAYLOAD_LEN]) as usize;
        let there = self.bytes.len() - HEADER_LEN;
        if stated > there {
            Err(Error::Length)
        } else if stated < there {
            Err(Error::Trailing)
        } else {
            Ok(())
        }
    }
}

/// Writes an envelope around a copy of `payload` into `out`; returns its length.
///
/// # Errors
/// As [`seal_in_place`].
pub fn encode(version: Version, flags: Flags, payload: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    let room = out.get_mut(HEADER_LEN..).ok_or(Error::NoRoom)?;
    room.get_mut(..payload.len()).ok_or(Error::NoRoom)?.copy_from_slice(payload);
    seal_in_place(version, flags, payload.len(), out)
}

/// Writes the header before a payload that lies at `frame[12..]` already; returns the envelope's length.
///
/// # Errors
/// [`Error::NoRoom`] when `frame` ends before the payload does, [`Error::TooLong`] when the header cannot say
/// the payload's length, [`Error::Local`] when the flags are those of [`local_header`].
pub fn seal_in_place(
    version: Version,
    flags: Flags,
    payload_len: usize,
    frame: &mut [u8],
) -> Result<usize, Error> {
    if flags.contains(Flags::LOCAL) {
        return Err(Error::Local);
    }
    let (head, payload) = frame.split_at_mut_checked(HEADER_LEN).ok_or(Error::NoRoom)?;
    let payload = payload.get(..payload_len).ok_or(Error::NoRoom)?;
    let stated = u32::try_from(payload_len).map_err(|_| Error::TooLong)?;
    head.copy_from_slice(&unsealed_header(version, flags, stated));
    let crc = checksum(version, head, payload);
    head[field::CHECKSUM].copy_from_slice(&crc.to_le_bytes());
    Ok(HEADER_LEN + payload_len)
}

/// The header of a local envelope.
pub const fn local_header(expects_response: bool, payload_len: u32) -> [u8; HEADER_LEN] {
    let flags = match expects_response {
        true => Flags::LOCAL.with(Flags::EXPECTS_RESPONSE),
        false => Flags::LOCAL,
    };
    unsealed_header(Version::V2, flags, payload_len)
}

/// The header of an envelope around `payload`, whose length the caller knows to fit.
pub(crate) fn header(version: Version, flags: Flags, payload: &[u8]) -> [u8; HEADER_LEN] {
    let mut header = unsealed_header(version, flags, payload.len() as u32);
    let crc = checksum(version, &header, payload);
    header[field::CHECKSUM].copy_from_slice(&crc.to_le_bytes());
    header
}

/// A header whose checksum is 0.
pub(crate) const fn unsealed_header(version: Version, flags: Flags, payload_len: u32) -> [u8; HEADER_LEN] {
    let [m0, m1] = MAGIC.to_le_bytes();
    let [l0, l1, l2, l3] = payload_len.to_le_bytes();
    let (version, flags) = (version.number(), flags.bits());
    [m0, m1, version, flags, l0, l1, l2, l3, 0, 0, 0, 0]
}

fn checksum(version: Version, header: &[u8], payload: &[u8]) -> u32 {
    let mut crc = Crc32::new();
    if version != Version::V1 {
        crc.update(&header[field::SEALED]);
    }
    crc.update(payload);
    crc.finish()
}

fn read_u32(bytes: &[u8]) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(bytes);
    u32::from_le_bytes(number)
}

codes! {
    /// Why bytes are not an envelope, or could not become one. On a link these are 1 to 15.
    Error {
        /// There are fewer bytes than a header has.
        Truncated = 1, "the envelope ends inside its header";
        /// The first two bytes are not the magic number.
        Magic = 2, "not an envelope: the magic number is missing";
        /// The version is 0, which none has.
        VersionZero = 3, "version 0 of the envelope does not exist";
        /// The version is newer than this code.
        VersionUnknown = 4, "the envelope's version is newer than this side knows";
        /// A flag is set that the version does not have.
        UnknownFlags = 5, "the envelope has a flag that its version does not know";
        /// A local envelope came from, or was meant for, a link or a file.
        Local = 6, "a local envelope may not leave guest memory";
        /// A travelling envelope was found where only a local one may be.
        NotLocal = 7, "the envelope in guest memory is not a local one";
        /// A local envelope has a flag beside `expects response`.
        LocalFlags = 8, "a local envelope may only expect a response";
        /// The payload's stated length is more than what is there.
        Length = 9, "the envelope states a longer payload than there is";
        /// There are bytes behind the payload.
        Trailing = 10, "there are bytes behind the envelope";
        /// The checksum is not that of the bytes.
        Checksum = 11, "the envelope's checksum is wrong";
        /// The buffer for the envelope or its payload is too short.
        NoRoom = 12, "the buffer is too short for the envelope";
        /// The payload is longer than a header can say.
        TooLong = 13, "the payload is longer than an envelope can carry";
    }
}

mod field {
    use core::ops::Range;

    pub const MAGIC: Range<usize> = 0..2;
    pub const VERSION: usize = 2;
    pub const FLAGS: usize = 3;
    pub const PAYLOAD_LEN: Range<usize> = 4..8;
    pub const CHECKSUM: Range<usize> = 8..12;
    /// What the checksum of version 2 covers beside the payload.
    pub const SEALED: Range<usize> = 0..CHECKSUM.start;
}

#[cfg(test)]
mod tests;
