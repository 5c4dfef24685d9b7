//! ChaCha20-Poly1305, in place.
//!
//! ```text
//! 0        4           5        8         16           n-16
//! │ key id │ direction │ sender │ counter │ ciphertext │ tag │
//!          └────────────── nonce ─────────┘
//! ```
//!
//! Header bytes 0 to 7 are the associated data. Key id and nonce need not be: the one chooses the key, the
//! other is an input of the cipher, so a change of either changes the tag.
//!
//! Two frames must never share a key and a nonce: that would give both away. The counter is the caller's, who
//! also refuses a counter seen before, *after* [`open`](super::open) has verified the frame.

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

use super::Error;

mod key;

pub use key::{Direction, Key, Nonce, Sealed};

/// The stage that encrypts: one frame, with a nonce that is used up by it.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Encrypt<'a> {
    key: &'a Key,
    nonce: Nonce,
    #[cfg_attr(feature = "defmt", defmt(Debug2Format))]
    run: EncryptFn,
}

impl<'a> Encrypt<'a> {
    /// Encrypts with `key` and `nonce`.
    pub const fn new(key: &'a Key, nonce: Nonce) -> Self {
        Self { key, nonce, run: encrypt }
    }

    /// Encrypts what lies in `payload` between the room for key id and nonce, and the room for the tag.
    pub(super) fn run(self, associated: &[u8], payload: &mut [u8]) -> Result<(), Error> {
        (self.run)(self.key, self.nonce, associated, payload)
    }
}

/// The stage that decrypts frames of one direction, with the key that each names.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Decrypt<'a> {
    keys: &'a [Key],
    direction: Direction,
    #[cfg_attr(feature = "defmt", defmt(Debug2Format))]
    run: DecryptFn,
}

impl<'a> Decrypt<'a> {
    /// Decrypts with one of `keys` what was sent in `direction`.
    pub const fn new(keys: &'a [Key], direction: Direction) -> Self {
        Self { keys, direction, run: decrypt }
    }

    pub(super) fn run<'p>(
        &self,
        associated: &[u8],
        payload: &'p mut [u8],
    ) -> Result<(&'p mut [u8], Sealed), Error> {
        let (key, sealed) = self.find(payload)?;
        (self.run)(key, sealed.nonce, associated, payload).map(|plain| (plain, sealed))
    }

    fn find(&self, payload: &[u8]) -> Result<(&'a Key, Sealed), Error> {
        if payload.len() < PREFIX_LEN + TAG_LEN {
            return Err(Error::EncryptedTooShort);
        }
        let (&prefix, _) = payload.split_first_chunk().ok_or(Error::EncryptedTooShort)?;
        let sealed = Sealed::from_prefix(prefix).ok_or(Error::Direction)?;
        if sealed.nonce.direction != self.direction {
            return Err(Error::Direction);
        }
        let key = self.keys.iter().find(|key| key.id() == sealed.key);
        Ok((key.ok_or(Error::UnknownKey)?, sealed))
    }
}

/// The part of a header that a tag covers.
pub(super) fn associated(header: &[u8]) -> &[u8] {
    &header[..ASSOCIATED_LEN]
}

type EncryptFn = fn(&Key, Nonce, &[u8], &mut [u8]) -> Result<(), Error>;
type DecryptFn = for<'p> fn(&Key, Nonce, &[u8], &'p mut [u8]) -> Result<&'p mut [u8], Error>;

fn encrypt(key: &Key, nonce: Nonce, associated: &[u8], payload: &mut [u8]) -> Result<(), Error> {
    let (prefix, body) = payload.split_at_mut(PREFIX_LEN);
    prefix.copy_from_slice(&Sealed { key: key.id(), nonce }.to_prefix());
    let (text, room) = body.split_at_mut(body.len() - TAG_LEN);
    let tag = cipher(key)
        .encrypt_inout_detached(&nonce.to_bytes().into(), associated, text.into())
        // The library's bound is 256 GiB.
        .map_err(|_| crate::envelope::Error::TooLong)?;
    room.copy_from_slice(&tag);
    Ok(())
}

fn decrypt<'p>(
    key: &Key,
    nonce: Nonce,
    associated: &[u8],
    payload: &'p mut [u8],
) -> Result<&'p mut [u8], Error> {
    let body = &mut payload[PREFIX_LEN..];
    let (text, tag) = body.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::EncryptedTooShort)?;
    let nonce = nonce.to_bytes().into();
    let opened = cipher(key).decrypt_inout_detached(&nonce, associated, (&mut *text).into(), &(*tag).into());
    match opened {
        Ok(()) => Ok(text),
        Err(_) => {
            text.fill(0);
            tag.fill(0);
            Err(Error::Authentication)
        }
    }
}

fn cipher(key: &Key) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.bytes().into())
}

/// Key id and nonce.
pub(super) const PREFIX_LEN: usize = key::ID_LEN + key::NONCE_LEN;

pub(super) const TAG_LEN: usize = 16;

/// All of the header before its checksum.
const ASSOCIATED_LEN: usize = 8;
