use core::fmt;

use crate::envelope;

/// Why a frame could not be sealed or opened. On a link these are 1 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The envelope is at fault, or the buffer for it.
    Envelope(envelope::Error),
    /// The frame is compressed or encrypted and this side was not given the means to undo that.
    Unsupported,
    /// An encrypted payload is shorter than key id, nonce and tag.
    EncryptedTooShort,
    /// The payload is encrypted with a key that this side does not hold.
    UnknownKey,
    /// The nonce is of the other direction: a frame of this side's own came back.
    Direction,
    /// The tag is not that of header, nonce and ciphertext under this key; the payload was wiped.
    Authentication,
    /// A compressed payload is shorter than its decoded length, a `u32`.
    CompressedTooShort,
    /// The decoded length is more than there is room for.
    DecodedTooLong,
    /// The compressed bytes are not an LZ4 block of the decoded length; what was decoded was wiped.
    Compressed,
}

impl Error {
    /// The number that stands for this on a link.
    pub const fn code(self) -> u8 {
        match self {
            Error::Envelope(error) => error.code(),
            Error::Unsupported => 16,
            Error::EncryptedTooShort => 17,
            Error::UnknownKey => 18,
            Error::Direction => 19,
            Error::Authentication => 20,
            Error::CompressedTooShort => 21,
            Error::DecodedTooLong => 22,
            Error::Compressed => 23,
        }
    }

    /// What `code` stands for; `None` for a number that is not one of these.
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            16 => Error::Unsupported,
            17 => Error::EncryptedTooShort,
            18 => Error::UnknownKey,
            19 => Error::Direction,
            20 => Error::Authentication,
            21 => Error::CompressedTooShort,
            22 => Error::DecodedTooLong,
            23 => Error::Compressed,
            _ => match envelope::Error::from_code(code) {
                Some(error) => Error::Envelope(error),
                None => return None,
            },
        })
    }
}

impl From<envelope::Error> for Error {
    fn from(error: envelope::Error) -> Self {
        Error::Envelope(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Envelope(error) => return error.fmt(f),
            Error::Unsupported => "the frame is compressed or encrypted, which this side cannot undo",
            Error::EncryptedTooShort => "the encrypted payload is too short to be one",
            Error::UnknownKey => "the payload is encrypted with an unknown key",
            Error::Direction => "the nonce is of the other direction",
            Error::Authentication => "the frame is forged or damaged: its tag is wrong",
            Error::CompressedTooShort => "the compressed payload is too short to be one",
            Error::DecodedTooLong => "the compressed payload decodes to more than there is room for",
            Error::Compressed => "the compressed payload is damaged",
        })
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_as_the_errors_they_stand_for() {
        let known = (0..=u8::MAX).filter_map(Error::from_code);
        assert!(known.clone().all(|error| Error::from_code(error.code()) == Some(error)));
        assert!(known.clone().all(|error| (1..=31).contains(&error.code())));
        assert_eq!(known.count(), 13 + 8);
    }
}
