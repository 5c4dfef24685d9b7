//! What a guest is told when something happened.

/// Something that happened: the request of the entry that is called for it.
///
/// | bytes | meaning |
/// |---|---|
/// | 0 | the event's number, by its place among those that the guest wants |
/// | 1 | 0 a tick, 1 an edge, 2 a line |
/// | 2..4 | events that were dropped since the one before was told, 65,535 for that many or more; little-endian |
/// | 4..12 | microseconds of the board's clock when it happened; little-endian |
/// | 12 | of an edge: the level that the pin has now, 0 or 1 |
/// | 12.. | of a line: its bytes without its end, the first 84 of a longer one |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Happening<'b> {
    /// The event's number.
    pub event: u8,
    /// Events that were dropped since the one before was told.
    pub dropped: u16,
    /// Microseconds of the board's clock.
    pub micros: u64,
    /// What it was.
    pub what: What<'b>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum What<'b> {
    /// Time passed.
    Tick,
    /// A pin's level is now high (`true`) or low.
    Edge(bool),
    /// A serial port received these bytes, and then a line's end.
    Line(&'b [u8]),
}

impl Happening<'_> {
    /// Its bytes, in `room`.
    pub fn write<'r>(&self, room: &'r mut [u8; MAX_HAPPENING]) -> &'r [u8] {
        room[field::EVENT] = self.event;
        room[field::DROPPED].copy_from_slice(&self.dropped.to_le_bytes());
        room[field::MICROS].copy_from_slice(&self.micros.to_le_bytes());
        let (kind, len) = match self.what {
            What::Tick => (0, 0),
            What::Edge(high) => {
                room[field::REST] = high.into();
                (1, 1)
            }
            What::Line(bytes) => {
                let len = bytes.len().min(MAX_TEXT);
                room[field::REST..field::REST + len].copy_from_slice(&bytes[..len]);
                (2, len)
            }
        };
        room[field::KIND] = kind;
        &room[..field::REST + len]
    }
}

/// Most bytes of a line that are told.
pub const MAX_TEXT: usize = 84;

/// Most bytes of a happening.
pub const MAX_HAPPENING: usize = field::REST + MAX_TEXT;

pub(super) mod field {
    use core::ops::Range;

    pub const EVENT: usize = 0;
    pub const KIND: usize = 1;
    pub const DROPPED: Range<usize> = 2..4;
    pub const MICROS: Range<usize> = 4..12;
    pub const REST: usize = 12;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_bytes() {
        let long = [b'x'; 100];
        for (what, rest) in [
            (What::Tick, &b""[..]),
            (What::Edge(true), b"\x01"),
            (What::Edge(false), b"\x00"),
            (What::Line(b"$GPGGA"), b"$GPGGA"),
            (What::Line(&long), &long[..84]),
        ] {
            let mut room = [0; MAX_HAPPENING];
            let happening = Happening { event: 3, dropped: 0x0201, micros: 0x0807_0605_0403_0201, what };
            let kind = match what {
                What::Tick => 0,
                What::Edge(_) => 1,
                What::Line(_) => 2,
            };
            let head = [3, kind, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8];
            assert_eq!(happening.write(&mut room), [&head[..], rest].concat());
        }
    }
}
