//! What a payload goes through on its way: compressed, then encrypted, then put into an envelope.
//!
//! ```text
//! seal:  payload ─ LZ4 ─▶ ─ ChaCha20-Poly1305 ─▶ ─ header, CRC-32 ─▶ frame
//! open:  payload ◀─ LZ4 ─ ◀─ ChaCha20-Poly1305 ─ ◀─ header, CRC-32 ─ frame
//! ```
//!
//! Every stage works in the caller's buffers. A stage is a value that the caller makes ([`lz4::Table::compress`],
//! [`aead::Decrypt::new`], …) and hands over; a firmware that never makes it does not carry its code. A frame
//! that needs a stage which [`open`] was not given is [`Error::Unsupported`].
//!
//! ```
//! use aingle_wasm_core::{
//!     codec::{self, Direction, Key, Nonce, Opening, Sealing, aead},
//!     envelope::{Flags, Version},
//! };
//!
//! let key = Key::new(7, [0x42; 32]);
//! let nonce = Nonce { direction: Direction::Request, sender: [0, 0, 1], counter: 1 };
//! let sealing = Sealing {
//!     encrypt: Some(aead::Encrypt::new(&key, nonce)),
//!     ..Sealing::plain(Version::V2, Flags::EXPECTS_RESPONSE)
//! };
//! let mut frame = [0; 128];
//! let len = codec::seal(b"21.5", sealing, &mut frame)?;
//!
//! let keys = [key];
//! let opening = Opening {
//!     decrypt: Some(aead::Decrypt::new(&keys, Direction::Request)),
//!     ..Opening::PLAIN
//! };
//! let opened = codec::open(&mut frame[..len], &opening, &mut [])?;
//! assert_eq!(opened.payload, b"21.5");
//! assert_eq!(opened.sealed.map(|sealed| sealed.nonce), Some(nonce));
//! # Ok::<(), codec::Error>(())
//! ```

use crate::envelope::{self, Envelope, Flags, HEADER_LEN, Version};

pub mod aead;
mod error;
pub mod lz4;

pub use aead::{Direction, Key, Nonce, Sealed};
pub use error::Error;

/// How [`seal`] makes a frame.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sealing<'a> {
    /// Version of the envelope.
    pub version: Version,
    /// [`Flags::EXPECTS_RESPONSE`] and [`Flags::ERROR`]; [`seal`] adds those of the stages.
    pub flags: Flags,
    /// Compresses the payload.
    pub compress: Option<lz4::Compress<'a>>,
    /// Encrypts the payload, compressed or not.
    pub encrypt: Option<aead::Encrypt<'a>>,
}

impl Sealing<'_> {
    /// Neither compressed nor encrypted.
    pub const fn plain(version: Version, flags: Flags) -> Self {
        Self { version, flags, compress: None, encrypt: None }
    }
}

/// What [`open`] can undo.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Opening<'a> {
    /// Decompresses payloads.
    pub decompress: Option<lz4::Decompress>,
    /// Decrypts payloads, with the keys that it holds.
    pub decrypt: Option<aead::Decrypt<'a>>,
}

impl Opening<'_> {
    /// Takes only frames that are neither compressed nor encrypted.
    pub const PLAIN: Self = Self { decompress: None, decrypt: None };
}

/// A frame's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Opened<'a> {
    /// Version of the envelope: that of the reply too.
    pub version: Version,
    /// Flags as they were in the frame: a reply is compressed or encrypted as its request was.
    pub flags: Flags,
    /// The payload as it was before it was sealed.
    pub payload: &'a [u8],
    /// The key and nonce of an encrypted frame; `None` when it was not encrypted.
    pub sealed: Option<Sealed>,
}

/// Writes the frame of `payload` into `out`; returns its length. [`sealed_len`] says how long `out` needs to
/// be. After an error `out` holds nothing of use, but may hold part of the payload.
///
/// # Errors
/// [`Error::Envelope`] with [`NoRoom`](envelope::Error::NoRoom), [`TooLong`](envelope::Error::TooLong) or
/// [`Local`](envelope::Error::Local); [`Error::Unsupported`] when `flags` names a stage that is not given.
pub fn seal(payload: &[u8], sealing: Sealing<'_>, out: &mut [u8]) -> Result<usize, Error> {
    let Sealing { version, mut flags, compress, encrypt } = sealing;
    if needs(flags, Flags::COMPRESSED, &compress) || needs(flags, Flags::ENCRYPTED, &encrypt) {
        return Err(Error::Unsupported);
    }
    let room = out.get_mut(HEADER_LEN..).ok_or(envelope::Error::NoRoom)?;
    let (before, behind) = match encrypt {
        Some(_) => (aead::PREFIX_LEN, aead::TAG_LEN),
        None => (0, 0),
    };
    let end = room.len().checked_sub(behind).ok_or(envelope::Error::NoRoom)?;
    let body = room.get_mut(before..end).ok_or(envelope::Error::NoRoom)?;
    let body_len = match compress {
        Some(compress) => {
            flags = flags | Flags::COMPRESSED;
            compress.run(payload, body)?
        }
        None => {
            let body = body.get_mut(..payload.len()).ok_or(envelope::Error::NoRoom)?;
            body.copy_from_slice(payload);
            payload.len()
        }
    };
    let len = before + body_len + behind;
    if let Some(encrypt) = encrypt {
        flags = flags | Flags::ENCRYPTED;
        let stated = u32::try_from(len).map_err(|_| envelope::Error::TooLong)?;
        let header = envelope::unsealed_header(version, flags, stated);
        encrypt.run(aead::associated(&header), &mut room[..len])?;
    }
    Ok(envelope::seal_in_place(version, flags, len, out)?)
}

/// Bytes that [`seal`] needs at most for a payload of `payload_len` bytes: for a plain or an encrypted frame
/// exactly its length, for a compressed one the room that the compressor wants to work in.
pub const fn sealed_len(payload_len: usize, compressed: bool, encrypted: bool) -> usize {
    let payload_len = if compressed { lz4::max_len(payload_len) } else { payload_len };
    let around = if encrypted { aead::PREFIX_LEN + aead::TAG_LEN } else { 0 };
    payload_len.saturating_add(HEADER_LEN + around)
}

/// Opens `frame`, decrypting in place and decompressing into `room`, whose length caps what a compressed frame
/// may grow to. `room` may be empty for frames that are not compressed.
///
/// # Errors
/// [`Error::Envelope`] for what is wrong with the envelope; [`Error::Unsupported`] before any stage is undone
/// when one is not in `opening`; otherwise what the stage found. When decrypting fails the payload in `frame`
/// is wiped, when decompressing fails `room` is.
pub fn open<'a>(frame: &'a mut [u8], opening: &Opening<'_>, room: &'a mut [u8]) -> Result<Opened<'a>, Error> {
    let envelope = Envelope::parse(frame)?;
    let (version, flags) = (envelope.version(), envelope.flags());
    if needs(flags, Flags::COMPRESSED, &opening.decompress)
        || needs(flags, Flags::ENCRYPTED, &opening.decrypt)
    {
        return Err(Error::Unsupported);
    }
    let (header, payload) = frame.split_at_mut(HEADER_LEN);
    let (payload, sealed) = match &opening.decrypt {
        Some(decrypt) if flags.contains(Flags::ENCRYPTED) => {
            let (payload, sealed) = decrypt.run(aead::associated(header), payload)?;
            (payload, Some(sealed))
        }
        _ => (payload, None),
    };
    let payload: &[u8] = match &opening.decompress {
        Some(decompress) if flags.contains(Flags::COMPRESSED) => decompress.run(payload, room)?,
        _ => payload,
    };
    Ok(Opened { version, flags, payload, sealed })
}

fn needs<T>(flags: Flags, flag: Flags, stage: &Option<T>) -> bool {
    flags.contains(flag) && stage.is_none()
}

#[cfg(test)]
mod tests;
