//! Transactions on a bus, as a guest states them: a list of operations in its memory, each on a range of it.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..4 | 0 write, 1 read, 2 transfer in place, 3 wait |
//! | 4..8 | address of the bytes |
//! | 8..12 | their number; of a wait, nanoseconds |

use core::{mem, ops::Range};

use embedded_hal::{i2c, spi};

use super::Code;
use crate::memory::GuestSlice;

/// Most operations of a transaction.
pub const MAX_OPERATIONS: usize = 8;

/// A list of operations in guest memory.
#[derive(Clone, Copy)]
pub(super) struct List {
    at: u32,
    count: u32,
}

/// An operation as the guest states it.
#[derive(Clone, Copy)]
struct Operation {
    kind: u32,
    bytes: GuestSlice,
}

impl List {
    pub fn new(at: u32, count: u32) -> Self {
        Self { at, count }
    }

    /// Bytes that go over the bus, and nanoseconds that are waited; 0 for a list that will be refused.
    pub fn size(self, memory: &[u8]) -> (u64, u64) {
        let Ok(list) = self.list(memory) else { return (0, 0) };
        let (mut bytes, mut nanos) = (0, 0);
        for stated in list {
            let operation = Operation::from_bytes(stated);
            match operation.kind {
                WAIT => nanos += u64::from(operation.bytes.len()),
                _ => bytes += u64::from(operation.bytes.len()),
            }
        }
        (bytes, nanos)
    }

    /// Lends the operations to `transact`, as an I2C bus takes them.
    pub fn i2c(
        self,
        memory: &mut [u8],
        transact: impl FnOnce(&mut [i2c::Operation<'_>]) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let made = |operation: Operation, bytes| match operation.kind {
            READ => i2c::Operation::Read(bytes),
            _ => i2c::Operation::Write(bytes),
        };
        self.lend(memory, READ, made, transact)
    }

    /// Lends the operations to `transact`, as an SPI device takes them.
    pub fn spi(
        self,
        memory: &mut [u8],
        transact: impl FnOnce(&mut [spi::Operation<'_, u8>]) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let made = |operation: Operation, bytes| match operation.kind {
            READ => spi::Operation::Read(bytes),
            TRANSFER => spi::Operation::TransferInPlace(bytes),
            WAIT => spi::Operation::DelayNs(operation.bytes.len()),
            _ => spi::Operation::Write(bytes),
        };
        self.lend(memory, WAIT, made, transact)
    }

    /// Cuts the ranges of all operations out of `memory`: each is the bus's alone, or the list is refused.
    fn lend<'m, O>(
        self,
        memory: &'m mut [u8],
        last_kind: u32,
        made: impl Fn(Operation, &'m mut [u8]) -> O,
        transact: impl FnOnce(&mut [O]) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let known =
            |stated| Some(Operation::from_bytes(stated)).filter(|operation| operation.kind <= last_kind);
        // Nearly all are a write, or a write and a read, and a list of any length costs a chip several times as much.
        match *self.list(memory)? {
            [ref one] => {
                let one = known(one).ok_or(Code::Argument)?;
                let bytes = memory.get_mut(one.range()).ok_or(Code::Range)?;
                transact(&mut [made(one, bytes)])
            }
            [ref one, ref other] => {
                let (one, other) = known(one).zip(known(other)).ok_or(Code::Argument)?;
                let (bytes, others) = pair(memory, one.range(), other.range()).ok_or(Code::Range)?;
                transact(&mut [made(one, bytes), made(other, others)])
            }
            ref list => {
                let mut operations = [Operation::NONE; MAX_OPERATIONS];
                let mut ranges = [const { 0..0 }; MAX_OPERATIONS];
                let count = list.len();
                for at in 0..count {
                    operations[at] = known(&list[at]).ok_or(Code::Argument)?;
                    ranges[at] = operations[at].range();
                }
                let mut cut = memory.get_disjoint_mut(ranges).map_err(|_| Code::Range)?;
                let mut made_of = heapless::Vec::<O, MAX_OPERATIONS>::new();
                for at in 0..count {
                    // There is room for as many as are read.
                    _ = made_of.push(made(operations[at], mem::take(&mut cut[at])));
                }
                transact(&mut made_of)
            }
        }
    }

    /// The list as it lies there.
    fn list(self, memory: &[u8]) -> Result<&[[u8; LEN]], Code> {
        if self.count as usize > MAX_OPERATIONS {
            return Err(Code::Argument);
        }
        let list = GuestSlice::new(self.at, self.count * LEN as u32).read(memory).ok_or(Code::Range)?;
        Ok(list.as_chunks().0)
    }
}

impl Operation {
    const NONE: Self = Self { kind: WRITE, bytes: GuestSlice::new(0, 0) };

    fn from_bytes(bytes: &[u8; LEN]) -> Self {
        let word = |field: usize| u32::from_le_bytes(bytes.as_chunks().0[field]);
        Self { kind: word(field::KIND), bytes: GuestSlice::new(word(field::ADDRESS), word(field::COUNT)) }
    }

    /// Its range of guest memory; a false one is left to whoever cuts it out.
    fn range(self) -> Range<usize> {
        if self.kind == WAIT || self.bytes.is_empty() {
            return 0..0;
        }
        let start = self.bytes.ptr() as usize;
        start..start.saturating_add(self.bytes.len() as usize)
    }
}

/// Cuts two ranges out of `memory`, unless they share a byte or lie outside.
fn pair(memory: &mut [u8], one: Range<usize>, other: Range<usize>) -> Option<(&mut [u8], &mut [u8])> {
    if one.end <= other.start {
        let (low, high) = memory.split_at_mut_checked(other.start)?;
        Some((low.get_mut(one)?, high.get_mut(..other.len())?))
    } else if other.end <= one.start {
        let (low, high) = memory.split_at_mut_checked(one.start)?;
        Some((high.get_mut(..one.len())?, low.get_mut(other)?))
    } else {
        None
    }
}

const WRITE: u32 = 0;
const READ: u32 = 1;
const TRANSFER: u32 = 2;
const WAIT: u32 = 3;

/// Bytes of an operation in the list.
const LEN: usize = 12;

/// Words of an operation.
mod field {
    pub const KIND: usize = 0;
    pub const ADDRESS: usize = 1;
    pub const COUNT: usize = 2;
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;

    /// Memory of 64 bytes that begins with a list.
    fn memory(list: &[[u32; 3]]) -> Vec<u8> {
        let words = list.as_flattened().iter().flat_map(|word| word.to_le_bytes());
        let mut memory: Vec<u8> = words.collect();
        memory.resize(64, 7);
        memory
    }

    fn transact(list: &[[u32; 3]]) -> Result<Vec<usize>, Code> {
        let mut lens = vec![];
        List::new(0, list.len() as u32).i2c(&mut memory(list), |operations| {
            lens = operations
                .iter()
                .map(|operation| match operation {
                    i2c::Operation::Read(bytes) => bytes.len(),
                    i2c::Operation::Write(bytes) => 100 + bytes.len(),
                })
                .collect();
            Ok(())
        })?;
        Ok(lens)
    }

    #[test]
    fn operations_are_lent_in_their_order() {
        assert_eq!(transact(&[[WRITE, 60, 1], [READ, 50, 2]]), Ok(vec![101, 2]));
        assert_eq!(transact(&[[READ, 40, 3], [WRITE, 63, 1], [READ, 50, 0]]), Ok(vec![3, 101, 0]));
        assert_eq!(transact(&[]), Ok(vec![]));
    }

    #[test]
    fn fault_31_ranges_are_the_guests_own_and_apart() {
        for list in [
            &[[READ, 60, 5]][..],
            &[[READ, u32::MAX, u32::MAX]],
            &[[WRITE, 50, 2], [READ, 51, 2]],
            &[[WRITE, 50, 2], [READ, 40, 2], [READ, 41, 9]],
        ] {
            assert_eq!(transact(list), Err(Code::Range), "{list:?}");
        }
        assert_eq!(transact(&[[TRANSFER, 50, 1]]), Err(Code::Argument));
        let refused = |at, count| List::new(at, count).i2c(&mut memory(&[]), |_| Ok(()));
        assert_eq!(refused(0, MAX_OPERATIONS as u32 + 1), Err(Code::Argument));
        assert_eq!(refused(0, u32::MAX), Err(Code::Argument));
        assert_eq!(refused(60, 1), Err(Code::Range));
        assert_eq!(refused(u32::MAX, 1), Err(Code::Range));
    }

    #[test]
    fn a_list_says_what_it_costs() {
        let list = [[WRITE, 50, 2], [READ, 52, 3], [WAIT, 0, 9]];
        assert_eq!(List::new(0, 3).size(&memory(&list)), (5, 9));
        assert_eq!(List::new(60, 3).size(&memory(&list)), (0, 0));
    }
}
