//! The events of one guest, from what happens to what it is told.

use super::{
    EntryName, Events, Happening, MAX_EVENTS, MAX_HAPPENING, MAX_QUEUE, MAX_TEXT, Queue, Source, What,
};
use crate::hal::{Grants, Owners, Resources, number_of};

/// What a guest is told of, since when, and what waits for it.
#[derive(Clone, Debug)]
pub struct Diary {
    events: Events,
    sources: [At; MAX_EVENTS],
    queue: Queue,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum At {
    /// Not from here: there is no such event, it is not granted, or another guest has the resource.
    Nowhere,
    /// The time of the next tick, in nanoseconds.
    Tick(u64),
    /// The resource of that number.
    Resource(u8),
}

/// What happened to a resource, as a board says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Happened<'r> {
    /// When, in microseconds of the board's clock.
    pub micros: u64,
    /// What.
    pub what: What<'r>,
    /// What the board had no room to remember since it was asked before: changes to low and to high, or lines and 0.
    pub lost: [u32; 2],
}

/// What a board gives guests to be told of.
pub struct Given<'g> {
    /// What a guest is given.
    pub grants: &'g Grants,
    /// Milliseconds between two ticks, at least.
    pub fastest: u32,
    /// What there is.
    pub resources: &'g mut dyn Resources,
    /// Who has it.
    pub owners: &'g mut Owners,
}

impl Diary {
    /// Nothing is told.
    pub const NEW: Self =
        Self { events: Events::NONE, sources: [At::Nowhere; MAX_EVENTS], queue: Queue::new(0) };

    /// From `now` on, in nanoseconds of the board's clock, guest `guest`, the one in `wasm`, is told what it wants and is
    /// `given`, and becomes the owner of that. How much of it it is not. What waits for a guest that is only loaded again
    /// goes on waiting.
    pub fn note(&mut self, guest: u8, wasm: &[u8], given: Given<'_>, now: u64) -> u32 {
        let Given { grants, fastest, resources, owners } = given;
        let events = Events::of_module(wasm);
        if events != self.events {
            self.queue = Queue::new(events.queue());
        }
        self.events = events;
        self.sources = [At::Nowhere; MAX_EVENTS];
        let (grants, mut refused) = (Grants::of_module(wasm).meet(grants), 0);
        for (at, event) in self.sources.iter_mut().zip(self.events.iter()) {
            let (kind, name) = event.source.resource();
            let number =
                number_of(resources, kind, name).filter(|_| event.source.is_granted(&grants, fastest));
            let taken = number.filter(|number| !kind.is_exclusive() || owners.take(*number, guest).is_ok());
            *at = match (taken, &event.source) {
                (None, _) => At::Nowhere,
                (Some(_), Source::Tick { millis, .. }) => At::Tick(now.saturating_add(period(*millis))),
                (Some(number), _) => At::Resource(number),
            };
            refused += u32::from(taken.is_none());
        }
        refused
    }

    /// Whether there is something to be told of, now or later.
    pub fn is_open(&self) -> bool {
        self.sources.iter().any(|at| *at != At::Nowhere)
    }

    /// The time of the next tick, in nanoseconds.
    pub fn due(&self) -> Option<u64> {
        let due = self.sources.iter().filter_map(|at| match at {
            At::Tick(due) => Some(*due),
            _ => None,
        });
        due.min()
    }

    /// Enters what has happened by `now`: the ticks that are due, and what `happened` says of the resources whose number it
    /// is asked for, once and again until it knows no more. How many events found no room.
    pub fn look(
        &mut self,
        now: u64,
        happened: &mut dyn for<'r> FnMut(u8, &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>>,
    ) -> u32 {
        let mut dropped = 0_u32;
        for at in 0..MAX_EVENTS {
            let more = match self.sources[at] {
                At::Nowhere => 0,
                At::Tick(due) if now < due => 0,
                At::Tick(due) => self.tick(at, due, now),
                // A resource of several events is asked for the first of them.
                At::Resource(_) if self.sources[..at].contains(&self.sources[at]) => 0,
                At::Resource(number) => self.ask(number, happened),
            };
            dropped = dropped.saturating_add(more);
        }
        dropped
    }

    /// The numbers of the resources that it is told of: of what happened to them before, nobody is to be told.
    pub fn resources(&self) -> impl Iterator<Item = u8> {
        self.sources.into_iter().filter_map(|at| match at {
            At::Resource(number) => Some(number),
            _ => None,
        })
    }

    /// Whether an event waits.
    pub const fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Takes the event that waits longest: the entry that is called, with how much fuel, and how many bytes of `room`.
    pub fn take(&mut self, room: &mut [u8; MAX_HAPPENING]) -> Option<(EntryName, u32, usize)> {
        let bytes = self.queue.pop(room)?;
        let event = self.events.get(*bytes.first()?)?;
        Some((event.entry.clone(), event.fuel, bytes.len()))
    }

    /// All ticks that are due; more than have room are not even looked at.
    fn tick(&mut self, at: usize, due: u64, now: u64) -> u32 {
        let Some(Source::Tick { millis, .. }) = self.events.get(at as u8).map(|event| &event.source) else {
            return 0;
        };
        let period = period(*millis);
        let ticks = (now - due) / period + 1;
        let told = ticks.min(self.queue.room().into());
        let mut dropped = u32::try_from(ticks - told).unwrap_or(u32::MAX);
        self.queue.miss(dropped);
        for tick in 0..told {
            let micros = (due + tick * period) / 1000;
            // Lines may have left it no room.
            let fits = self.queue.push(&Happening { event: at as u8, dropped: 0, micros, what: What::Tick });
            dropped = dropped.saturating_add((!fits).into());
        }
        self.sources[at] = At::Tick(due.saturating_add(ticks.saturating_mul(period)));
        dropped
    }

    fn ask(
        &mut self,
        number: u8,
        happened: &mut dyn for<'r> FnMut(u8, &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>>,
    ) -> u32 {
        let (mut dropped, mut room) = (0_u32, [0; MAX_TEXT]);
        // However fast it happens, this ends.
        for _ in 0..MAX_QUEUE {
            let Some(Happened { micros, what, lost }) = happened(number, &mut room) else { break };
            for (event, at) in (0..).zip(self.sources) {
                let Some(meant) = self.events.get(event).filter(|_| at == At::Resource(number)) else {
                    continue;
                };
                let lost = meant.lost(lost);
                self.queue.miss(lost);
                let is_full =
                    meant.is_told(what) && !self.queue.push(&Happening { event, dropped: 0, micros, what });
                dropped = dropped.saturating_add(lost).saturating_add(is_full.into());
            }
        }
        dropped
    }
}

const fn period(millis: u32) -> u64 {
    millis as u64 * NANOS_PER_MILLI
}

const NANOS_PER_MILLI: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;
    use crate::{
        events::{Edge, Event, SECTION},
        hal::{Clock, Code, Grant, Kind, Peripheral, Right},
    };

    /// A clock, a pin, and a serial port.
    struct Desk;

    impl Resources for Desk {
        fn resource(&mut self, number: u8) -> Option<(&str, Peripheral<'_>)> {
            Some(match number {
                0 => ("clock", Peripheral::Clock(self)),
                1 => ("key", Peripheral::Input(self)),
                2 => ("gps", Peripheral::Uart(self)),
                _ => return None,
            })
        }
    }

    impl Clock for Desk {
        fn micros(&mut self) -> u64 {
            0
        }
    }

    impl embedded_hal::digital::ErrorType for Desk {
        type Error = Code;
    }

    impl embedded_hal::digital::InputPin for Desk {
        fn is_high(&mut self) -> Result<bool, Code> {
            Ok(true)
        }

        fn is_low(&mut self) -> Result<bool, Code> {
            Ok(false)
        }
    }

    impl embedded_io::ErrorType for Desk {
        type Error = Code;
    }

    impl embedded_io::Read for Desk {
        fn read(&mut self, _room: &mut [u8]) -> Result<usize, Code> {
            Err(Code::TimedOut)
        }
    }

    impl embedded_io::ReadReady for Desk {
        fn read_ready(&mut self) -> Result<bool, Code> {
            Ok(false)
        }
    }

    impl embedded_io::Write for Desk {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<(), Code> {
            Ok(())
        }
    }

    fn module(queue: u8, list: &[(Source, &str)]) -> Vec<u8> {
        let (mut events, mut grants) = (Events::NONE, Grants::NONE);
        assert!(events.bound(queue));
        for (source, entry) in list {
            let (kind, name) = source.resource();
            grants.add(Grant { name: name.clone(), right: right(kind) });
            assert!(events.add(Event {
                source: source.clone(),
                entry: (*entry).try_into().unwrap(),
                fuel: 9
            }));
        }
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        let (mut first, mut second) = ([0; 200], [0; 200]);
        let sections =
            [(SECTION, events.encode(&mut first)), (crate::hal::SECTION, grants.encode(&mut second))];
        for (name, bytes) in sections {
            let bytes = bytes.unwrap();
            wasm.extend([0, (1 + name.len() + bytes.len()) as u8, name.len() as u8]);
            wasm.extend(name.bytes().chain(bytes.iter().copied()));
        }
        wasm
    }

    fn right(kind: Kind) -> Right {
        match kind {
            Kind::Clock => Right::Clock,
            Kind::Uart => Right::Uart,
            _ => Right::Input,
        }
    }

    fn tick(millis: u32) -> Source {
        Source::Tick { clock: "clock".try_into().unwrap(), millis }
    }

    fn edge(edge: Edge) -> Source {
        Source::Edge { input: "key".try_into().unwrap(), edge }
    }

    fn note(diary: &mut Diary, guest: u8, wasm: &[u8], owners: &mut Owners) -> u32 {
        let mut grants = Grants::NONE;
        for (name, kind) in [("clock", Kind::Clock), ("key", Kind::Input), ("gps", Kind::Uart)] {
            grants.add(Grant { name: name.try_into().unwrap(), right: right(kind) });
        }
        diary.note(guest, wasm, Given { grants: &grants, fastest: 5, resources: &mut Desk, owners }, 0)
    }

    /// Entry, drops and milliseconds of all that waits.
    fn told(diary: &mut Diary) -> Vec<(EntryName, u8, u64)> {
        let (mut room, mut told) = ([0; MAX_HAPPENING], vec![]);
        while let Some((entry, 9, _)) = diary.take(&mut room) {
            let micros = u64::from_le_bytes(room[4..12].try_into().unwrap());
            told.push((entry, room[2], micros / 1000));
        }
        told
    }

    #[test]
    fn ticks_come_when_they_are_due_and_late_ones_are_dropped_and_counted() {
        let mut diary = Diary::NEW;
        let wasm = module(3, &[(tick(10), "tick"), (tick(4), "fast")]);
        assert_eq!(note(&mut diary, 0, &wasm, &mut Owners::new()), 1, "one is faster than the board allows");
        let look = |diary: &mut Diary, millis| diary.look(period(millis), &mut |_, _| None);
        assert_eq!((look(&mut diary, 9), diary.is_waiting(), diary.due()), (0, false, Some(period(10))));
        assert_eq!((look(&mut diary, 10), look(&mut diary, 19), look(&mut diary, 31)), (0, 0, 0));
        let entry = |name: &str| EntryName::try_from(name).unwrap();
        let at = |dropped, millis| (entry("tick"), dropped, millis);
        assert_eq!(told(&mut diary), [at(0, 10), at(0, 20), at(0, 30)]);
        assert_eq!(look(&mut diary, 105), 4, "seven were due, three have room");
        assert_eq!(told(&mut diary), [at(4, 40), at(0, 50), at(0, 60)]);
        assert_eq!((look(&mut diary, 110), told(&mut diary)), (0, vec![at(0, 110)]));
    }

    #[test]
    fn ticks_that_lines_leave_no_room_are_counted() {
        let mut diary = Diary::NEW;
        let line = Source::Line { uart: "gps".try_into().unwrap() };
        assert_eq!(
            note(&mut diary, 0, &module(32, &[(line, "line"), (tick(10), "tick")]), &mut Owners::new()),
            0
        );
        let mut lines = 5;
        let dropped = diary.look(period(100), &mut |_, room| {
            lines -= 1;
            *room = [b'x'; MAX_TEXT];
            (lines >= 0).then_some(Happened { micros: 0, what: What::Line(room), lost: [0; 2] })
        });
        let told = told(&mut diary);
        assert_eq!((told.len(), dropped, told[0].1), (5 + 2, 8, 8), "ten ticks, bytes for two of them");
    }

    #[test]
    fn edges_go_to_those_that_are_told_of_them() {
        let (mut diary, mut other, mut owners) = (Diary::NEW, Diary::NEW, Owners::new());
        let wasm = module(8, &[(edge(Edge::Falling), "down"), (edge(Edge::Both), "any")]);
        assert_eq!(note(&mut diary, 0, &wasm, &mut owners), 0);
        assert_eq!(note(&mut other, 1, &wasm, &mut owners), 2, "the pin is another guest's");
        assert!(diary.is_open() && !other.is_open());
        let mut happened = vec![(1, true, [2, 1]), (2, false, [0; 2])];
        let dropped = diary.look(0, &mut |number, _| {
            assert_eq!(number, 1);
            let (millis, high, lost) = happened.pop()?;
            Some(Happened { micros: millis * 1000, what: What::Edge(high), lost })
        });
        assert_eq!(dropped, 2 + 3, "two that both are told of, one that the second is");
        let entry = |name: &str| EntryName::try_from(name).unwrap();
        assert_eq!(told(&mut diary), [(entry("down"), 5, 2), (entry("any"), 0, 2), (entry("any"), 0, 1)]);
        assert!(diary.resources().eq([1, 1]) && other.resources().next().is_none());
    }

    #[test]
    fn a_flood_ends_and_a_guest_that_is_loaded_again_finds_what_waits() {
        let mut diary = Diary::NEW;
        let wasm = module(2, &[(edge(Edge::Rising), "up")]);
        note(&mut diary, 0, &wasm, &mut Owners::new());
        let flood = |diary: &mut Diary| {
            diary.look(0, &mut |_, _| Some(Happened { micros: 0, what: What::Edge(true), lost: [0; 2] }))
        };
        assert_eq!(flood(&mut diary), MAX_QUEUE as u32 - 2);
        note(&mut diary, 0, &wasm, &mut Owners::new());
        assert!(diary.is_waiting());
        note(&mut diary, 0, b"\0asm\x01\0\0\0", &mut Owners::new());
        assert!(!diary.is_waiting() && !diary.is_open());
    }
}
