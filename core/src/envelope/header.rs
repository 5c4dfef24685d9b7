use core::ops::BitOr;

use super::Error;

/// Version of the layout. A reply uses its request's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
#[repr(u8)]
pub enum Version {
    /// The predecessor's: the checksum covers the payload only.
    V1 = 1,
    /// The checksum covers the header too.
    #[default]
    V2 = 2,
}

impl Version {
    /// The version of that number.
    ///
    /// # Errors
    /// [`Error::VersionZero`] or [`Error::VersionUnknown`].
    pub const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            0 => Err(Error::VersionZero),
            1 => Ok(Version::V1),
            2 => Ok(Version::V2),
            _ => Err(Error::VersionUnknown),
        }
    }

    /// The number in the header.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// What a header says about its payload: a set of known bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// The payload is the decoded length as a `u32`, then an LZ4 block.
    pub const COMPRESSED: Self = Self(0x01);
    /// The payload is a key id, a nonce, ChaCha20 ciphertext and a Poly1305 tag.
    pub const ENCRYPTED: Self = Self(0x02);
    /// The sender waits for an answer.
    pub const EXPECTS_RESPONSE: Self = Self(0x04);
    /// The payload says why a request failed.
    pub const ERROR: Self = Self(0x08);
    /// The envelope lies in guest memory and never travels. Version 2 only.
    pub const LOCAL: Self = Self(0x10);

    /// The flags of that number; `None` when a bit is not one of them.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits & !KNOWN {
            0 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The number in the header.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those of `other`.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags but those of `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other)
    }
}

const KNOWN: u8 = 0x1f;
