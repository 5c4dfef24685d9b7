//! What a guest is told of by its board, without anybody asking: the time, a pin's edge, a line of a serial port.
//!
//! ```text
//! clock, interrupt ─► board ─► Diary::look ─► Queue ─► Diary::take ─► Job::Call, Delivery::Event ─► guest's entry
//!                                               └─► full: dropped and counted
//! ```
//!
//! A guest says what it wants to be told of in its module ([`Events`]), each with the entry that is called and the fuel
//! that this may use. Each is of a resource, and is refused where the guest has no grant for that.

mod diary;
mod happening;
mod queue;

pub use diary::{Diary, Given, Happened};
pub use happening::{Happening, MAX_HAPPENING, MAX_TEXT, What};
pub use queue::{MAX_QUEUE, Queue};

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use crate::hal::{Grants, Kind, Name, section};

/// What a guest wants to be told of. An event's number is its place here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Events {
    list: Vec<Event, MAX_EVENTS>,
    /// Most of them that wait while the guest is busy, 1 to [`MAX_QUEUE`].
    queue: u8,
}

/// Something that a guest wants to be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event {
    /// What happens.
    pub source: Source,
    /// The entry that is called with the [`Happening`].
    pub entry: EntryName,
    /// Units of fuel that a call of it may use.
    pub fuel: u32,
}

/// Name of an entry that a board calls.
pub type EntryName = String<MAX_ENTRY>;

/// What happens, and to which resource. In a module: numbered in this order from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Source {
    /// So many milliseconds have passed since the start or the last time.
    Tick {
        /// By which clock.
        clock: Name,
        /// At least one.
        millis: u32,
    },
    /// A pin changed its level.
    Edge {
        /// The pin.
        input: Name,
        /// The changes that are meant.
        edge: Edge,
    },
    /// A serial port received a line.
    Line {
        /// The port.
        uart: Name,
    },
}

/// Changes of a pin's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Edge {
    /// From low to high.
    Rising,
    /// From high to low.
    Falling,
    /// Any.
    Both,
}

impl Edge {
    /// Whether a change to that level is meant.
    pub const fn is_to(self, high: bool) -> bool {
        match self {
            Edge::Rising => high,
            Edge::Falling => !high,
            Edge::Both => true,
        }
    }
}

impl Event {
    /// Whether what happened to its resource is what is meant.
    fn is_told(&self, what: What<'_>) -> bool {
        match (&self.source, what) {
            (Source::Edge { edge, .. }, What::Edge(high)) => edge.is_to(high),
            (Source::Line { .. }, What::Line(_)) => true,
            _ => false,
        }
    }
}

impl Event {
    /// How many of those that were [lost](Happened::lost) are meant.
    const fn lost(&self, [low, high]: [u32; 2]) -> u32 {
        match &self.source {
            Source::Tick { .. } => 0,
            Source::Edge { edge: Edge::Falling, .. } | Source::Line { .. } => low,
            Source::Edge { edge: Edge::Rising, .. } => high,
            Source::Edge { edge: Edge::Both, .. } => low.saturating_add(high),
        }
    }
}

impl Source {
    /// The resource that it is of.
    pub const fn resource(&self) -> (Kind, &Name) {
        match self {
            Source::Tick { clock, .. } => (Kind::Clock, clock),
            Source::Edge { input, .. } => (Kind::Input, input),
            Source::Line { uart } => (Kind::Uart, uart),
        }
    }

    /// Whether a guest with `grants` may be told of it on a board whose ticks are `fastest` milliseconds apart at least.
    pub fn is_granted(&self, grants: &Grants, fastest: u32) -> bool {
        let (kind, name) = self.resource();
        let slow = !matches!(self, Source::Tick { millis, .. } if *millis < fastest.max(1));
        slow && grants.position(kind, name).is_some()
    }
}

impl Events {
    /// No events at all.
    pub const NONE: Self = Self { list: Vec::new(), queue: DEFAULT_QUEUE };

    /// Has so many of them wait while the guest is busy; `false` when that is none or more than [`MAX_QUEUE`].
    pub fn bound(&mut self, queue: u8) -> bool {
        let is_some = (1..=MAX_QUEUE as u8).contains(&queue);
        if is_some {
            self.queue = queue;
        }
        is_some
    }

    /// Most of them that wait while the guest is busy.
    pub const fn queue(&self) -> u8 {
        self.queue
    }

    /// Adds `event`; whether there was room.
    pub fn add(&mut self, event: Event) -> bool {
        self.list.push(event).is_ok()
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.list.iter()
    }

    /// Event `number`.
    pub fn get(&self, number: u8) -> Option<&Event> {
        self.list.get(usize::from(number))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Writes them to `room` for a device; `None` when it is too small.
    pub fn encode<'r>(&self, room: &'r mut [u8]) -> Option<&'r [u8]> {
        section::encode(VERSION, self, room)
    }

    /// Reads what [`Events::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let events: Self = section::decode(VERSION, bytes)?;
        let bounded = (1..=MAX_QUEUE as u8).contains(&events.queue);
        bounded.then_some(events)
    }

    /// What the guest in `wasm` wants to be told of, by the last section of that name; nothing where it is missing or
    /// unsound.
    pub fn of_module(wasm: &[u8]) -> Self {
        section::last(wasm, SECTION).and_then(Self::decode).unwrap_or(Self::NONE)
    }
}

/// Name of the custom section: the [encoding](Events::encode) of what the guest wants to be told of.
pub const SECTION: &str = "aingle.events";

/// Most events of one guest.
pub const MAX_EVENTS: usize = 8;

/// Longest name of an entry that a board calls, in bytes.
pub const MAX_ENTRY: usize = 31;

/// Events that wait, unless the guest says how many.
const DEFAULT_QUEUE: u8 = 8;

/// Version of the encoding.
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hal::{Grant, Right};

    fn events() -> Events {
        let name = |name: &str| Name::try_from(name).unwrap();
        let mut events = Events::NONE;
        for (source, entry, fuel) in [
            (Source::Tick { clock: name("clock"), millis: 300 }, "tick", 5),
            (Source::Edge { input: name("key"), edge: Edge::Falling }, "pressed", 128),
            (Source::Line { uart: name("gps") }, "line", 0),
        ] {
            assert!(events.add(Event { source, entry: entry.try_into().unwrap(), fuel }));
        }
        assert!(events.bound(4) && !events.bound(0) && !events.bound(MAX_QUEUE as u8 + 1));
        events
    }

    #[test]
    fn golden_bytes() {
        let mut room = [0; 64];
        let bytes = events().encode(&mut room).unwrap().to_vec();
        assert_eq!(
            bytes,
            b"\x01\x03\x00\x05clock\xac\x02\x04tick\x05\x01\x03key\x01\x07pressed\x80\x01\x02\x03gps\x04line\x00\x04"
        );
        assert_eq!(Events::decode(&bytes), Some(events()));
        for len in 0..bytes.len() {
            assert_eq!(Events::decode(&bytes[..len]), None, "{len} bytes");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bytes in
            [&b""[..], b"\x02\0\x08", b"\x01\0\x08\0", b"\x01\0\0", b"\x01\0\x21", b"\x01\x01\x03\x08"]
        {
            assert_eq!(Events::decode(bytes), None, "{bytes:?}");
        }
        assert_eq!(Events::decode(b"\x01\0\x08"), Some(Events::NONE));
    }

    #[test]
    fn an_event_is_of_something_granted() {
        let mut grants = Grants::NONE;
        for (name, right) in [("clock", Right::Clock), ("key", Right::Output), ("gps", Right::Uart)] {
            grants.add(Grant { name: name.try_into().unwrap(), right });
        }
        let told = |fastest| -> std::vec::Vec<_> {
            events().iter().map(|event| event.source.is_granted(&grants, fastest)).collect()
        };
        assert_eq!(told(300), [true, false, true]);
        assert_eq!(told(301), [false, false, true]);
    }

    #[test]
    fn the_last_section_counts() {
        let module = b"\0asm\x01\0\0\0\0\x11\x0daingle.events\x01\0\x07\0\x11\x0daingle.events\x01\0\x03";
        assert_eq!(Events::of_module(module).queue(), 3);
        assert_eq!(Events::of_module(b"\0asm\x01\0\0\0"), Events::NONE);
    }
}
