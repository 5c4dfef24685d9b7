//! The one envelope that a guest meets: version 2, `local`.

use crate::Error;

/// A request, read from the envelope around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    /// The user's bytes.
    pub payload: &'a [u8],
    /// Whether the host waits for a reply.
    pub expects_response: bool,
}

impl<'a> Request<'a> {
    /// A request of (0, 0).
    pub const EMPTY: Self = Request { payload: &[], expects_response: true };

    /// Reads `bytes`, all of which must be the envelope.
    ///
    /// The checksum is not looked at: the host wrote these bytes into this memory itself.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let Some((head, payload)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(Error::Length);
        };
        if head[field::MAGIC] != MAGIC {
            return Err(Error::Magic);
        }
        if head[field::VERSION] != VERSION {
            return Err(Error::Version);
        }
        let flags = head[field::FLAGS];
        if flags & LOCAL == 0 || flags & !(LOCAL | EXPECTS_RESPONSE) != 0 {
            return Err(Error::Flags);
        }
        let len = [head[4], head[5], head[6], head[7]];
        if u32::from_le_bytes(len) as usize != payload.len() {
            return Err(Error::Length);
        }
        Ok(Request { payload, expects_response: flags & EXPECTS_RESPONSE != 0 })
    }
}

/// Length of the header before the payload, in bytes.
pub(crate) const HEADER_LEN: usize = 12;

const MAGIC: [u8; 2] = [0x49, 0x41];
const VERSION: u8 = 2;
const EXPECTS_RESPONSE: u8 = 0x04;
const LOCAL: u8 = 0x10;

mod field {
    use core::ops::Range;

    pub const MAGIC: Range<usize> = 0..2;
    pub const VERSION: usize = 2;
    pub const FLAGS: usize = 3;
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::Error;

    static HI: [u8; 14] = [0x49, 0x41, 2, 0x14, 2, 0, 0, 0, 0, 0, 0, 0, b'h', b'i'];

    fn changed(at: usize, to: u8) -> [u8; 14] {
        let mut bytes = HI;
        bytes[at] = to;
        bytes
    }

    #[test]
    fn a_local_envelope_gives_its_payload() {
        let request = Request::parse(&HI).unwrap();
        assert_eq!(request, Request { payload: b"hi", expects_response: true });
        assert!(!Request::parse(&changed(3, 0x10)).unwrap().expects_response);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        let cases = [
            (changed(0, 0), Error::Magic),
            (changed(2, 1), Error::Version),
            (changed(2, 3), Error::Version),
            (changed(3, 0x04), Error::Flags),
            (changed(3, 0x15), Error::Flags),
            (changed(3, 0x1c), Error::Flags),
            (changed(4, 1), Error::Length),
            (changed(4, 3), Error::Length),
        ];
        for (bytes, error) in cases {
            assert_eq!(Request::parse(&bytes), Err(error), "{bytes:?}");
        }
        assert_eq!(Request::parse(&HI[..11]), Err(Error::Length));
    }
}
