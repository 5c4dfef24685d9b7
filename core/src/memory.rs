//! Ranges of guest memory.

use core::ops::Range;

use crate::error::Fault;

/// A range of guest memory as a guest states it: a claim, worth nothing until it is held against a memory.
///
/// An empty range touches nothing and is sound wherever it points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuestSlice {
    ptr: u32,
    len: u32,
}

impl GuestSlice {
    /// The claim that `len` bytes lie at guest address `ptr`.
    pub const fn new(ptr: u32, len: u32) -> Self {
        Self { ptr, len }
    }

    /// The claim in an entry's packed answer: pointer in bits 32 to 62, length in the low 32 bits.
    pub const fn unpack(packed: u64) -> Self {
        Self::new((packed >> 32) as u32 & 0x7fff_ffff, packed as u32)
    }

    /// The packed form; `error` sets bit 63.
    pub const fn pack(self, error: bool) -> u64 {
        (error as u64) << 63 | (self.ptr as u64) << 32 | self.len as u64
    }

    /// Guest address of the first byte.
    pub const fn ptr(self) -> u32 {
        self.ptr
    }

    /// Bytes.
    pub const fn len(self) -> u32 {
        self.len
    }

    /// Whether the range has no bytes.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The bytes in `memory`; `None` when the claim is false.
    pub fn read(self, memory: &[u8]) -> Option<&[u8]> {
        memory.get(self.range()?)
    }

    /// The bytes in `memory`, writable; `None` when the claim is false.
    pub fn write(self, memory: &mut [u8]) -> Option<&mut [u8]> {
        memory.get_mut(self.range()?)
    }

    /// Lends `self` for reading and `reply` for writing at once.
    ///
    /// # Errors
    /// [`Fault::RequestRange`] when a range lies outside `memory`, [`Fault::Overlap`] when they share a byte.
    pub fn read_beside(self, reply: Self, memory: &mut [u8]) -> Result<(&[u8], &mut [u8]), Fault> {
        let size = memory.len();
        let within = |claim: Self| claim.range().filter(|range| range.end <= size).ok_or(Fault::RequestRange);
        let (request, reply) = (within(self)?, within(reply)?);
        if request.is_empty() {
            return Ok((&[], &mut memory[reply]));
        }
        if request.end <= reply.start {
            let (low, high) = memory.split_at_mut(reply.start);
            Ok((&low[request], &mut high[..reply.len()]))
        } else if reply.end <= request.start {
            let (low, high) = memory.split_at_mut(request.start);
            Ok((&high[..request.len()], &mut low[reply]))
        } else if reply.is_empty() {
            Ok((&memory[request], &mut []))
        } else {
            Err(Fault::Overlap)
        }
    }

    fn range(self) -> Option<Range<usize>> {
        if self.len == 0 {
            return Some(0..0);
        }
        let start = self.ptr as usize;
        Some(start..start.checked_add(self.len as usize)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_31_false_claims_are_refused() {
        let mut memory = [1, 2, 3, 4];
        assert_eq!(GuestSlice::new(1, 3).read(&memory), Some(&[2, 3, 4][..]));
        assert_eq!(GuestSlice::new(2, 3).read(&memory), None);
        assert_eq!(GuestSlice::new(u32::MAX, u32::MAX).read(&memory), None);
        assert_eq!(GuestSlice::new(u32::MAX, 0).read(&memory), Some(&[][..]));
        assert_eq!(GuestSlice::new(4, 1).write(&mut memory), None);
    }

    #[test]
    fn fault_31_a_request_never_overlaps_its_reply() {
        let mut memory = [0, 1, 2, 3, 4, 5];
        for (a, a_len) in (0..6).flat_map(|a| (0..=6 - a).map(move |len| (a, len))) {
            for (b, b_len) in (0..6).flat_map(|b| (0..=6 - b).map(move |len| (b, len))) {
                let overlap = a_len > 0 && b_len > 0 && a < b + b_len && b < a + a_len;
                let pair = GuestSlice::new(a, a_len).read_beside(GuestSlice::new(b, b_len), &mut memory);
                match pair {
                    Ok((request, reply)) => {
                        assert!(!overlap);
                        assert_eq!((request.len(), reply.len()), (a_len as usize, b_len as usize));
                        assert!(request.first().is_none_or(|&first| first as u32 == a));
                        assert!(reply.first().is_none_or(|&first| first as u32 == b));
                    }
                    Err(fault) => assert!(overlap && fault == Fault::Overlap),
                }
            }
        }
        let wild = GuestSlice::new(5, 2).read_beside(GuestSlice::new(0, 1), &mut memory);
        assert_eq!(wild, Err(Fault::RequestRange));
    }

    #[test]
    fn packing_round_trips() {
        let slice = GuestSlice::new(0x7fff_ffff, 0xffff_ffff);
        assert_eq!(GuestSlice::unpack(slice.pack(true)), slice);
        assert_eq!(slice.pack(false) >> 63, 0);
        assert_eq!(GuestSlice::new(1, 2).pack(true), 0x8000_0001_0000_0002);
    }
}
