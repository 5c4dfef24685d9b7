//! Reads numbers and names, never beyond their bounds.

use super::Rule;

/// A position in a module, with the end of what is being read and the start of the item in work.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    mark: usize,
}

pub(crate) type Result<T> = core::result::Result<T, Rule>;

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: bytes.len(), mark: 0 }
    }

    /// Begins an item: errors name its place.
    pub fn mark(&mut self) {
        self.mark = self.at;
    }

    /// Where the item in work begins.
    pub fn marked(&self) -> usize {
        self.mark
    }

    pub fn is_done(&self) -> bool {
        self.at == self.end
    }

    pub fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub fn take(&mut self, len: u32) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.at..self.end];
        let taken = rest.get(..len as usize).ok_or(Rule::Malformed)?;
        self.at += taken.len();
        Ok(taken)
    }

    /// Takes a length and as many bytes.
    pub fn counted(&mut self) -> Result<&'a [u8]> {
        let len = self.u32()?;
        self.take(len)
    }

    /// Reads a length and goes on within as many bytes. Returns the end to go back to by
    /// [`leave`](Self::leave).
    pub fn enter(&mut self) -> Result<usize> {
        let len = self.u32()? as usize;
        if len > self.end - self.at {
            return Err(Rule::Malformed);
        }
        Ok(core::mem::replace(&mut self.end, self.at + len))
    }

    /// Goes back to `end`; whatever was entered must have been read to its own end.
    pub fn leave(&mut self, end: usize) -> Result<()> {
        if !self.is_done() {
            self.mark();
            return Err(Rule::Malformed);
        }
        self.end = end;
        Ok(())
    }

    /// Bytes that are left of what was entered.
    pub fn left(&self) -> usize {
        self.end - self.at
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.leb128(32, false).map(|value| value as u32)
    }

    pub fn i32(&mut self) -> Result<i32> {
        self.leb128(32, true).map(|value| value as i32)
    }

    pub fn i64(&mut self) -> Result<i64> {
        self.leb128(64, true)
    }

    /// A number of 33 bits: the type of a block.
    pub fn i33(&mut self) -> Result<i64> {
        self.leb128(33, true)
    }

    /// Reads a number of at most `bits` bits. Its last possible byte may hold nothing but them and, when it is
    /// signed, copies of its sign.
    fn leb128(&mut self, bits: u32, signed: bool) -> Result<i64> {
        let mut value = 0i64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if shift + 7 >= bits {
                let spare =
                    if signed { (byte << 1) as i8 >> (bits - shift) } else { (byte >> (bits - shift)) as i8 };
                if byte & 0x80 != 0 || !(spare == 0 || signed && spare == -1) {
                    return Err(Rule::Number);
                }
            }
            shift += 7;
            if byte & 0x80 == 0 {
                if signed && byte & 0x40 != 0 && shift < 64 {
                    value |= -1 << shift;
                }
                return Ok(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<'a, T>(bytes: &'a [u8], read: impl Fn(&mut Reader<'a>) -> Result<T>) -> Result<T> {
        let mut reader = Reader::new(bytes);
        let value = read(&mut reader)?;
        assert!(reader.is_done());
        Ok(value)
    }

    #[test]
    fn numbers_are_read_as_the_specification_says() {
        assert_eq!(all(b"\xe5\x8e\x26", Reader::u32), Ok(624_485));
        assert_eq!(all(b"\x80\x80\x80\x80\x00", Reader::u32), Ok(0), "padded");
        assert_eq!(all(b"\xff\xff\xff\xff\x0f", Reader::u32), Ok(u32::MAX));
        assert_eq!(all(b"\xc0\xbb\x78", Reader::i32), Ok(-123_456));
        assert_eq!(all(b"\x80\x80\x80\x80\x78", Reader::i32), Ok(i32::MIN));
        assert_eq!(all(b"\xff\xff\xff\xff\x07", Reader::i32), Ok(i32::MAX));
        assert_eq!(all(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", Reader::i64), Ok(i64::MIN));
        assert_eq!(all(b"\x40", Reader::i33), Ok(-64));
    }

    #[test]
    fn numbers_that_are_too_long_or_too_large_are_refused() {
        assert_eq!(all(b"\x80\x80\x80\x80\x80\x00", Reader::u32), Err(Rule::Number));
        assert_eq!(all(b"\xff\xff\xff\xff\x1f", Reader::u32), Err(Rule::Number));
        assert_eq!(all(b"\xff\xff\xff\xff\x0f", Reader::i32), Err(Rule::Number));
        assert_eq!(all(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", Reader::i64), Err(Rule::Number));
        assert_eq!(all(b"\x80\x80", Reader::u32), Err(Rule::Malformed));
    }

    #[test]
    fn nothing_is_read_behind_what_was_entered() {
        let mut reader = Reader::new(b"\x02abc");
        let end = reader.enter().unwrap();
        assert_eq!(reader.take(3), Err(Rule::Malformed));
        assert_eq!(reader.take(2).unwrap(), b"ab");
        reader.leave(end).unwrap();
        assert_eq!(reader.byte(), Ok(b'c'));
        assert_eq!(Reader::new(b"\xff\xff\xff\xff\x0fa").enter(), Err(Rule::Malformed));
        assert_eq!(Reader::new(b"\xff\xff\xff\xff\x0fa").counted(), Err(Rule::Malformed));
    }
}
