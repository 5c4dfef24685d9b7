//! CRC-32/ISO-HDLC, the checksum of envelopes: zlib's `crc32`.
//!
//! By a table of 1 KiB, or by SIMD with the feature `simd`; the numbers are the same. A checksum is a guard
//! against noise, never against a forger.

/// The CRC-32 of `bytes`.
pub fn crc32(bytes: &[u8]) -> u32 {
    imp::extend(0, bytes)
}

/// A CRC-32 over bytes that come in parts.
///
/// ```
/// use aingle_wasm_core::crc::{Crc32, crc32};
///
/// let mut crc = Crc32::new();
/// crc.update(b"1234");
/// crc.update(b"56789");
/// assert_eq!(crc.finish(), crc32(b"123456789"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Crc32(u32);

impl Crc32 {
    /// The checksum of no bytes yet.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Takes `bytes` in, behind those taken before.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0 = imp::extend(self.0, bytes);
    }

    /// Takes `word` in, at a fraction of the cost, and not as a CRC-32 would.
    pub(crate) const fn stir(&mut self, word: u32) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9);
    }

    /// The CRC-32 of all bytes so far.
    pub const fn finish(&self) -> u32 {
        self.0
    }
}

#[cfg(feature = "simd")]
use simd as imp;
#[cfg(not(feature = "simd"))]
use table as imp;

#[cfg(any(test, feature = "simd"))]
mod simd {
    pub fn extend(crc: u32, bytes: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new_with_initial(crc);
        hasher.update(bytes);
        hasher.finalize()
    }
}

#[cfg(any(test, not(feature = "simd")))]
mod table {
    use crc::{CRC_32_ISO_HDLC, Crc, Table};

    pub fn extend(crc: u32, bytes: &[u8]) -> u32 {
        // The library wants the register that this CRC was made of, in the order of a CRC not reflected.
        let mut digest = CRC.digest_with_initial((!crc).reverse_bits());
        digest.update(bytes);
        digest.finalize()
    }

    /// One lookup a byte: sixteen would cost a chip 16 KiB of flash.
    const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_catalogues_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    proptest! {
        #[test]
        fn simd_and_table_agree_wherever_the_bytes_are_split(bytes: std::vec::Vec<u8>, at: usize) {
            let (head, tail) = bytes.split_at(at % (bytes.len() + 1));
            let by_table = table::extend(table::extend(0, head), tail);
            prop_assert_eq!(by_table, table::extend(0, &bytes));
            prop_assert_eq!(by_table, simd::extend(simd::extend(0, head), tail));
        }
    }
}
