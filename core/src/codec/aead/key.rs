use core::fmt;

use zeroize::Zeroize;

/// A secret key and the number that frames name it by. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Key {
    id: u32,
    bytes: [u8; 32],
}

impl Key {
    /// The key of 32 secret bytes that frames call `id`.
    pub const fn new(id: u32, bytes: [u8; 32]) -> Self {
        Self { id, bytes }
    }

    /// The number that frames name the key by.
    pub const fn id(&self) -> u32 {
        self.id
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Key {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Key {{ id: {} }}", self.id);
    }
}

/// The number used once: no two frames under one key may have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Nonce {
    /// Which way the frame goes.
    pub direction: Direction,
    /// Who made it.
    pub sender: [u8; 3],
    /// How many frames its maker had sealed with this key before.
    pub counter: u64,
}

impl Nonce {
    /// The nonce as the cipher takes it and as frames carry it.
    pub const fn to_bytes(self) -> [u8; NONCE_LEN] {
        let [s0, s1, s2] = self.sender;
        let [c0, c1, c2, c3, c4, c5, c6, c7] = self.counter.to_le_bytes();
        [self.direction as u8, s0, s1, s2, c0, c1, c2, c3, c4, c5, c6, c7]
    }

    /// Reads what [`Nonce::to_bytes`] wrote; `None` when the first byte is no direction.
    pub const fn from_bytes(bytes: [u8; NONCE_LEN]) -> Option<Self> {
        let [direction, s0, s1, s2, c0, c1, c2, c3, c4, c5, c6, c7] = bytes;
        let direction = match direction {
            0 => Direction::Request,
            1 => Direction::Reply,
            _ => return None,
        };
        let counter = u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]);
        Some(Self { direction, sender: [s0, s1, s2], counter })
    }
}

/// Which way a frame goes, so that a side's own frames cannot be sent back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Direction {
    /// From the side that asks.
    Request = 0,
    /// From the side that answers.
    Reply = 1,
}

/// What an encrypted frame says of its encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sealed {
    /// [`Key::id`] of the key.
    pub key: u32,
    /// The nonce.
    pub nonce: Nonce,
}

impl Sealed {
    pub(super) fn to_prefix(self) -> [u8; ID_LEN + NONCE_LEN] {
        let mut prefix = [0; ID_LEN + NONCE_LEN];
        prefix[..ID_LEN].copy_from_slice(&self.key.to_le_bytes());
        prefix[ID_LEN..].copy_from_slice(&self.nonce.to_bytes());
        prefix
    }

    pub(super) fn from_prefix(prefix: [u8; ID_LEN + NONCE_LEN]) -> Option<Self> {
        let (&id, rest) = prefix.split_first_chunk::<ID_LEN>()?;
        let (&nonce, _) = rest.split_first_chunk::<NONCE_LEN>()?;
        Some(Self { key: u32::from_le_bytes(id), nonce: Nonce::from_bytes(nonce)? })
    }
}

pub(super) const ID_LEN: usize = 4;

/// Bytes of a [`Nonce`].
pub(super) const NONCE_LEN: usize = 12;
