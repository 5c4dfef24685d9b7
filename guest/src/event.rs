//! What a board tells a guest without being asked.

/// Something that happened, which the guest's grants say it is told of: the argument of an entry that a board calls.
///
/// ```
/// use aingle_wasm_guest::{What, prelude::*};
/// # use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// # static PRESSES: AtomicU32 = AtomicU32::new(0);
///
/// #[entry]
/// fn pressed(event: Event<'_>) {
///     if let What::Edge { high: false } = event.what {
///         PRESSES.fetch_add(1, Relaxed);
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Which one, by its place among those in the guest's grants: ticks, then edges, then lines.
    pub number: u8,
    /// Events that were dropped since the one before, since the guest was busy; at most 65,535.
    pub dropped: u16,
    /// When it happened, in microseconds of the board's clock.
    pub micros: u64,
    /// What happened.
    pub what: What<'a>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// Time passed.
    Tick,
    /// A pin changed its level.
    Edge {
        /// It is high now.
        high: bool,
    },
    /// A serial port received a line: its bytes without its end, the first 84 of a longer one.
    Line(&'a [u8]),
}

impl<'a> Event<'a> {
    /// Reads a request; `None` when it is no event that this version knows.
    pub(crate) fn parse(request: &'a [u8]) -> Option<Self> {
        let (head, rest) = request.split_first_chunk::<HEAD>()?;
        let [number, kind, low, high, micros @ ..] = *head;
        let what = match (kind, rest) {
            (0, []) => What::Tick,
            (1, [level @ (0 | 1)]) => What::Edge { high: *level == 1 },
            (2, line) => What::Line(line),
            _ => return None,
        };
        Some(Event {
            number,
            dropped: u16::from_le_bytes([low, high]),
            micros: u64::from_le_bytes(micros),
            what,
        })
    }
}

/// Bytes before what depends on the kind.
const HEAD: usize = 12;

#[cfg(test)]
mod tests {
    use super::{Event, What};

    #[test]
    fn golden_bytes() {
        let head = [3, 1, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8];
        let mut room = [0; 18];
        let mut parsed = |kind, rest: &[u8]| {
            room[..12].copy_from_slice(&head);
            room[1] = kind;
            room[12..12 + rest.len()].copy_from_slice(rest);
            let event = Event::parse(&room[..12 + rest.len()])?;
            assert_eq!((event.number, event.dropped, event.micros), (3, 0x0201, 0x0807_0605_0403_0201));
            Some(match event.what {
                What::Tick => "tick",
                What::Edge { high: true } => "high",
                What::Edge { high: false } => "low",
                What::Line(b"$GPGGA") => "line",
                What::Line(_) => "other",
            })
        };
        assert_eq!(parsed(0, b""), Some("tick"));
        assert_eq!((parsed(1, b"\x01"), parsed(1, b"\x00")), (Some("high"), Some("low")));
        assert_eq!((parsed(2, b"$GPGGA"), parsed(2, b"")), (Some("line"), Some("other")));
        for (kind, rest) in [(0, &b"x"[..]), (1, b""), (1, b"\x02"), (1, b"\x00\x00"), (3, b"")] {
            assert_eq!(parsed(kind, rest), None, "{kind} {rest:?}");
        }
        assert_eq!(Event::parse(&head[..11]), None);
    }
}
