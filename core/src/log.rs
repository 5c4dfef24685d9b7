//! A guest's log: a bounded queue of lines. What does not fit is dropped and counted, so that a guest that
//! floods its log costs its host nothing.

mod rate;

pub use rate::Rate;

use heapless::Deque;

/// How urgent a line is; the numbers are the ABI's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Level {
    /// Something failed.
    Error = 1,
    /// Something is odd.
    Warn = 2,
    /// Something worth knowing happened.
    Info = 3,
    /// Detail for the guest's developer.
    Debug = 4,
    /// Every step.
    Trace = 5,
}

impl Level {
    /// The level with that number, 1 to 5.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Level::Error),
            2 => Some(Level::Warn),
            3 => Some(Level::Info),
            4 => Some(Level::Debug),
            5 => Some(Level::Trace),
            _ => None,
        }
    }

    /// The level's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}

/// Longest line in bytes; a longer one is cut at a character's end.
pub const MAX_LINE: usize = 120;

/// The queue, [`CAPACITY`] bytes.
#[derive(Debug, Default)]
pub struct Log {
    /// Lines one after another: level, length, text.
    bytes: Deque<u8, CAPACITY>,
    dropped: u32,
}

impl Log {
    /// An empty log.
    pub const fn new() -> Self {
        Self { bytes: Deque::new(), dropped: 0 }
    }

    /// Bytes that the lines take of [`CAPACITY`].
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends a line, or counts it as dropped when the queue is full. Of the text, what [`text`] leaves.
    pub fn push(&mut self, level: Level, text: &[u8]) {
        let text = self::text(text);
        if CAPACITY - self.bytes.len() < text.len() + 2 {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let line = [level as u8, text.len() as u8];
        for &byte in line.iter().chain(text.as_bytes()) {
            // There is room: it was just counted.
            let _ = self.bytes.push_back(byte);
        }
    }

    /// Counts a line as dropped that somebody else had no room or time for.
    pub fn miss(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
    }

    /// Takes the oldest line; its text is copied into `room`.
    pub fn pop<'r>(&mut self, room: &'r mut [u8; MAX_LINE]) -> Option<(Level, &'r str)> {
        let level = Level::from_number(self.bytes.pop_front()?)?;
        let len = usize::from(self.bytes.pop_front()?);
        for byte in &mut room[..len] {
            *byte = self.bytes.pop_front()?;
        }
        Some((level, text(&room[..len])))
    }

    /// Takes the oldest line, its level and the bytes of it that are now in `room`, and tells how many lines found no
    /// room.
    pub fn tell(&mut self, room: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32) {
        let line = self.pop(room).map(|(level, text)| (level, text.len()));
        (line, self.take_dropped())
    }

    /// Lines that found no room since this was last asked.
    pub fn take_dropped(&mut self) -> u32 {
        core::mem::take(&mut self.dropped)
    }
}

/// Bytes that a log holds, two of them for each line.
pub const CAPACITY: usize = 2048;

/// What a line keeps of `bytes`: [`MAX_LINE`] of them at most, up to the first that is not UTF-8.
pub fn text(bytes: &[u8]) -> &str {
    let bytes = &bytes[..bytes.len().min(MAX_LINE)];
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_order() {
        let (mut log, mut room) = (Log::new(), [0; MAX_LINE]);
        log.push(Level::Info, b"one");
        log.push(Level::Error, b"");
        assert_eq!(log.pop(&mut room), Some((Level::Info, "one")));
        assert_eq!(log.pop(&mut room), Some((Level::Error, "")));
        assert_eq!(log.pop(&mut room), None);
    }

    #[test]
    fn a_flood_is_dropped_and_counted() {
        let (mut log, mut room) = (Log::new(), [0; MAX_LINE]);
        for _ in 0..1000 {
            log.push(Level::Warn, &[b'x'; 98]);
        }
        assert_eq!(log.take_dropped(), 980);
        assert_eq!(core::iter::from_fn(|| log.pop(&mut room).map(|_| ())).count(), 20);
        log.push(Level::Warn, "é".repeat(61).as_bytes());
        assert_eq!(log.pop(&mut room).map(|(_, text)| text.len()), Some(120));
        log.push(Level::Warn, b"a\xff");
        assert_eq!(log.pop(&mut room), Some((Level::Warn, "a")));
    }
}
