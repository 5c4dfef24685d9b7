//! Transactions on a bus, as a guest states them: a list of operations in its memory, each on a range of it.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..4 | 0 write, 1 read, 2 transfer in place, 3 wait |
//! | 4..8 | address of the bytes |
//! | 8..12 | their number; of a wait, nanoseconds |
//!
//! What is read into, or transferred, is no other operation's; bytes that are only written may be written twice. All
//! operations together have no more bytes than [`MAX_BYTES`], and wait no longer than [`MAX_NANOS`]: nothing else runs
//! meanwhile.

use core::{array, mem, ops::Range};

use embedded_hal::{i2c, spi};

use super::Code;
use crate::memory::GuestSlice;

/// Most operations of a transaction.
pub const MAX_OPERATIONS: usize = 8;

/// Most bytes of a transaction, and of what a serial port takes or gives at once.
pub const MAX_BYTES: u32 = 4096;

/// Most nanoseconds that the operations of a transaction wait.
pub const MAX_NANOS: u32 = 10_000_000;

/// A list of operations in guest memory.
#[derive(Clone, Copy)]
pub(super) struct List {
    at: u32,
    count: u32,
}

/// A write, then a read, of which either may be empty: what nearly all drivers do, for which a list in memory is dear.
#[derive(Clone, Copy)]
pub(super) struct Exchange {
    write: GuestSlice,
    read: GuestSlice,
}

impl Exchange {
    /// Of the addresses of both, and their lengths in one number: the low half what is written.
    pub fn new(write: u32, read: u32, lens: u32) -> Self {
        Self { write: GuestSlice::new(write, lens & 0xffff), read: GuestSlice::new(read, lens >> 16) }
    }

    /// Bytes that go over the bus; 0 for an exchange that will be refused.
    pub fn bytes(lens: u32) -> u32 {
        let bytes = (lens & 0xffff) + (lens >> 16);
        if bytes <= MAX_BYTES { bytes } else { 0 }
    }

    /// Lends the operations to `transact`, as an I2C bus takes them.
    pub fn i2c(
        self,
        memory: &mut [u8],
        transact: impl FnOnce(&mut [i2c::Operation<'_>]) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let Self { write, read } = self;
        if write.len() + read.len() > MAX_BYTES {
            return Err(Code::Argument);
        }
        if read.is_empty() {
            let bytes = write.read(memory).ok_or(Code::Range)?;
            return transact(&mut [i2c::Operation::Write(bytes)]);
        }
        if write.is_empty() {
            let room = read.write(memory).ok_or(Code::Range)?;
            return transact(&mut [i2c::Operation::Read(room)]);
        }
        let range = |bytes| Operation { kind: WRITE, bytes }.range();
        let (bytes, room) = pair(memory, range(write), range(read)).ok_or(Code::Range)?;
        transact(&mut [i2c::Operation::Write(bytes), i2c::Operation::Read(room)])
    }
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
        let mut size = Size::default();
        list.iter().for_each(|stated| size.add(Operation::from_bytes(stated)));
        if size.fits() { (size.bytes.into(), size.nanos.into()) } else { (0, 0) }
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
        self.lend(memory, READ, made, i2c::Operation::Write, transact)
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
        self.lend(memory, WAIT, made, spi::Operation::Write, transact)
    }

    /// Cuts the ranges of all operations out of `memory`: each is the bus's alone, or shared by writes, or the list is
    /// refused.
    fn lend<'m, O>(
        self,
        memory: &'m mut [u8],
        last_kind: u32,
        made: impl Fn(Operation, &'m mut [u8]) -> O,
        write: impl Fn(&'m [u8]) -> O,
        transact: impl FnOnce(&mut [O]) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let mut size = Size::default();
        let mut known = |stated| {
            let operation = Operation::from_bytes(stated);
            size.add(operation);
            if operation.kind <= last_kind && size.fits() { Ok(operation) } else { Err(Code::Argument) }
        };
        // Nearly all are a write, or a write and a read, and a list of any length costs a chip several times as much.
        match *self.list(memory)? {
            [ref one] => {
                let one = known(one)?;
                let bytes = memory.get_mut(one.range()).ok_or(Code::Range)?;
                transact(&mut [made(one, bytes)])
            }
            [ref one, ref other] => {
                let (one, other) = (known(one)?, known(other)?);
                if one.kind == WRITE && other.kind == WRITE {
                    let shared = |operation: Operation| memory.get(operation.range()).ok_or(Code::Range);
                    return transact(&mut [write(shared(one)?), write(shared(other)?)]);
                }
                let (bytes, others) = pair(memory, one.range(), other.range()).ok_or(Code::Range)?;
                transact(&mut [made(one, bytes), made(other, others)])
            }
            ref list => {
                let mut operations = [Operation::NONE; MAX_OPERATIONS];
                let mut ranges = [const { 0..0 }; MAX_OPERATIONS];
                let count = list.len();
                for at in 0..count {
                    operations[at] = known(&list[at])?;
                    ranges[at] = operations[at].range();
                }
                let holders = join(&operations, &mut ranges);
                let starts = ranges.each_ref().map(|range| range.start);
                let mut cut = memory.get_disjoint_mut(ranges).map_err(|_| Code::Range)?;
                let mut written = [&[][..]; MAX_OPERATIONS];
                let mut made_of = heapless::Vec::<O, MAX_OPERATIONS>::new();
                for at in 0..count {
                    let operation = operations[at];
                    // There is room for as many as are read.
                    if operation.kind != WRITE {
                        _ = made_of.push(made(operation, mem::take(&mut cut[at])));
                        continue;
                    }
                    let holder = holders[at];
                    if holder == at {
                        written[at] = &*mem::take(&mut cut[at]);
                    }
                    let range = operation.range();
                    let start = range.start - starts[holder];
                    _ = made_of.push(write(&written[holder][start..start + range.len()]));
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

/// What the operations of a list come to.
#[derive(Clone, Copy, Default)]
struct Size {
    bytes: u32,
    nanos: u32,
}

impl Size {
    fn add(&mut self, operation: Operation) {
        let sum = if operation.kind == WAIT { &mut self.nanos } else { &mut self.bytes };
        *sum = sum.saturating_add(operation.bytes.len());
    }

    fn fits(self) -> bool {
        self.bytes <= MAX_BYTES && self.nanos <= MAX_NANOS
    }
}

/// Joins the ranges of writes that overlap: the first of them has it all then, and the others none. Says which that is,
/// for each operation.
#[cold]
fn join<const N: usize>(operations: &[Operation; N], ranges: &mut [Range<usize>; N]) -> [usize; N] {
    let mut holders = array::from_fn(|at| at);
    let is_written = |at: usize| operations[at].kind == WRITE;
    // What was joined may overlap what was looked at before.
    for _ in 0..N {
        for (one, other) in (0..N).flat_map(|one| (one + 1..N).map(move |other| (one, other))) {
            let overlap = ranges[one].start < ranges[other].end && ranges[other].start < ranges[one].end;
            if overlap && is_written(one) && is_written(other) {
                let other_range = mem::take(&mut ranges[other]);
                let range = &mut ranges[one];
                *range = range.start.min(other_range.start)..range.end.max(other_range.end);
                holders.iter_mut().filter(|holder| **holder == other).for_each(|holder| *holder = one);
            }
        }
    }
    holders
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

    /// Memory of 256 bytes that begins with a list.
    fn memory(list: &[[u32; 3]]) -> Vec<u8> {
        let words = list.as_flattened().iter().flat_map(|word| word.to_le_bytes());
        let mut memory: Vec<u8> = words.collect();
        memory.resize(256, 7);
        memory
    }

    /// Bytes of each operation, and 100 more of a write.
    fn lens_of(operations: &[i2c::Operation<'_>]) -> Vec<usize> {
        let len_of = |operation: &i2c::Operation<'_>| match operation {
            i2c::Operation::Read(bytes) => bytes.len(),
            i2c::Operation::Write(bytes) => 100 + bytes.len(),
        };
        operations.iter().map(len_of).collect()
    }

    fn transact(list: &[[u32; 3]]) -> Result<Vec<usize>, Code> {
        let mut lens = vec![];
        List::new(0, list.len() as u32).i2c(&mut memory(list), |operations| {
            lens = lens_of(operations);
            Ok(())
        })?;
        Ok(lens)
    }

    #[test]
    fn operations_are_lent_in_their_order() {
        assert_eq!(transact(&[[WRITE, 252, 1], [READ, 50, 2]]), Ok(vec![101, 2]));
        assert_eq!(transact(&[[READ, 40, 3], [WRITE, 255, 1], [READ, 50, 0]]), Ok(vec![3, 101, 0]));
        assert_eq!(transact(&[]), Ok(vec![]));
    }

    #[test]
    fn bytes_may_be_written_twice() {
        let list = [
            [WRITE, 202, 3],
            [READ, 210, 4],
            [WRITE, 208, 2],
            [WRITE, 200, 3],
            [WRITE, 204, 5],
            [WRITE, 0, 0],
        ];
        let mut memory = memory(&list);
        memory[200..210].copy_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let mut came = vec![];
        let lent = List::new(0, list.len() as u32).i2c(&mut memory, |operations| {
            for operation in operations {
                match operation {
                    i2c::Operation::Read(room) => room.fill(1),
                    i2c::Operation::Write(bytes) => came.push(bytes.to_vec()),
                }
            }
            Ok(())
        });
        assert_eq!(lent, Ok(()));
        assert_eq!(came, [&[2, 3, 4][..], &[8, 9], &[0, 1, 2], &[4, 5, 6, 7, 8], &[]]);
        assert_eq!(memory[210..215], [1, 1, 1, 1, 7]);
        for read in [[READ, 199, 2], [READ, 203, 1], [READ, 209, 1]] {
            assert_eq!(transact(&[list[0], list[2], list[3], list[4], read]), Err(Code::Range));
        }
        assert_eq!(transact(&[[WRITE, 200, 3], [WRITE, 201, 56]]), Err(Code::Range));
    }

    #[test]
    fn a_transaction_has_a_bound() {
        let lent = |kind, most: u32| {
            let list = [[WRITE, 6000, 1], [kind, 100, most - 1], [kind, 0, 1]];
            let list = if kind == WAIT { list } else { [list[0], list[1], [READ, 0, 0]] };
            let mut memory = memory(&list);
            memory.resize(8192, 0);
            let list = List::new(0, list.len() as u32);
            (list.spi(&mut memory, |_| Ok(())), list.size(&memory))
        };
        assert_eq!(lent(READ, MAX_BYTES), (Ok(()), (MAX_BYTES.into(), 0)));
        assert_eq!(lent(READ, MAX_BYTES + 1), (Err(Code::Argument), (0, 0)));
        assert_eq!(lent(WAIT, MAX_NANOS), (Ok(()), (1, MAX_NANOS.into())));
        assert_eq!(lent(WAIT, MAX_NANOS + 1), (Err(Code::Argument), (0, 0)));
        assert_eq!(lent(WAIT, u32::MAX).0, Err(Code::Argument));
    }

    #[test]
    fn fault_31_ranges_are_the_guests_own_and_apart() {
        for list in [
            &[[READ, 252, 5]][..],
            &[[READ, u32::MAX, 9]],
            &[[WRITE, 50, 2], [READ, 51, 2]],
            &[[WRITE, 50, 2], [READ, 40, 2], [READ, 41, 9]],
        ] {
            assert_eq!(transact(list), Err(Code::Range), "{list:?}");
        }
        assert_eq!(transact(&[[TRANSFER, 50, 1]]), Err(Code::Argument));
        let refused = |at, count| List::new(at, count).i2c(&mut memory(&[]), |_| Ok(()));
        assert_eq!(refused(0, MAX_OPERATIONS as u32 + 1), Err(Code::Argument));
        assert_eq!(refused(0, u32::MAX), Err(Code::Argument));
        assert_eq!(refused(250, 1), Err(Code::Range));
        assert_eq!(refused(u32::MAX, 1), Err(Code::Range));
    }

    #[test]
    fn an_exchange_is_a_write_a_read_or_both() {
        let exchanged = |write, read, lens| {
            let mut lent = vec![];
            Exchange::new(write, read, lens).i2c(&mut [0; 256], |operations| {
                lent = lens_of(operations);
                Ok(())
            })?;
            Ok(lent)
        };
        assert_eq!(exchanged(255, 0, 2 << 16 | 1), Ok(vec![101, 2]));
        assert_eq!(exchanged(0, 254, 2 << 16 | 254), Ok(vec![100 + 254, 2]));
        assert_eq!(exchanged(u32::MAX, 253, 3 << 16), Ok(vec![3]));
        assert_eq!(exchanged(253, u32::MAX, 3), Ok(vec![103]));
        assert_eq!(exchanged(u32::MAX, u32::MAX, 0), Ok(vec![100]));
        for (write, read, lens) in [
            (0, 255, 2 << 16 | 1),
            (255, 0, 1 << 16 | 2),
            (10, 11, 1 << 16 | 2),
            (u32::MAX, 0, 1 << 16 | 0xfff),
            (0, u32::MAX, 0xfff << 16 | 1),
        ] {
            assert_eq!(exchanged(write, read, lens), Err(Code::Range), "{write} {read} {lens:#x}");
        }
        assert_eq!(exchanged(0, 0, MAX_BYTES + 1), Err(Code::Argument));
        assert_eq!(exchanged(0, 0, u32::MAX), Err(Code::Argument));
        assert_eq!((Exchange::bytes(u32::MAX), Exchange::bytes(3 << 16 | 4)), (0, 7));
    }

    #[test]
    fn a_list_says_what_it_costs() {
        let list = [[WRITE, 50, 2], [READ, 52, 3], [WAIT, 0, 9]];
        assert_eq!(List::new(0, 3).size(&memory(&list)), (5, 9));
        assert_eq!(List::new(250, 3).size(&memory(&list)), (0, 0));
    }
}
