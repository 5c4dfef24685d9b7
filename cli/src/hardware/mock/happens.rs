//! What happens on a bench by itself: edges and lines, at their times.

use std::collections::{BTreeMap, VecDeque};

use aingle_wasm_core::{
    events::{Events, Happened, MAX_TEXT, What},
    hal::Kind,
};
use serde::Deserialize;

/// Something that happens, as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    /// Microseconds of the bench's time.
    at_us: u64,
    input: Option<String>,
    /// The pin's level from then on, 0 or 1.
    level: Option<u8>,
    uart: Option<String>,
    line: Option<String>,
}

/// Something that happens.
#[derive(Deserialize)]
#[serde(try_from = "Described")]
pub struct Happens {
    pub at: u64,
    kind: Kind,
    pub name: String,
    pub what: Change,
}

pub enum Change {
    Level(bool),
    Line(String),
}

impl TryFrom<Described> for Happens {
    type Error = String;

    fn try_from(described: Described) -> Result<Self, String> {
        let Described { at_us: at, input, level, uart, line } = described;
        match (input, level, uart, line) {
            (Some(name), Some(level @ (0 | 1)), None, None) => {
                Ok(Self { at, kind: Kind::Input, name, what: Change::Level(level == 1) })
            }
            (None, None, Some(name), Some(line)) => {
                Ok(Self { at, kind: Kind::Uart, name, what: Change::Line(line) })
            }
            _ => Err(format!("the event at {at} µs: it has input and level, 0 or 1, or uart and line")),
        }
    }
}

/// All that happens, in its order.
#[derive(Default)]
pub struct Course {
    events: VecDeque<Happens>,
    /// Microseconds until which ticks come, at least.
    until: u64,
}

impl Course {
    /// Of these events, on inputs that have `resting` levels before.
    ///
    /// # Errors
    /// A sentence that names an edge which is none.
    pub fn new(
        mut events: Vec<Happens>,
        until: u64,
        resting: impl Fn(&str) -> Option<bool>,
    ) -> Result<Self, String> {
        events.sort_by_key(|event| event.at);
        let mut levels = BTreeMap::new();
        for Happens { at, name, what, .. } in &events {
            let Change::Level(high) = *what else { continue };
            let before = levels.insert(name, high).or_else(|| resting(name));
            if before == Some(high) {
                let level = u8::from(high);
                return Err(format!(
                    "the event at {at} µs: input.{name} has level {level} already; it needs another one before"
                ));
            }
        }
        Ok(Self { events: events.into(), until })
    }

    /// The time of what happens next, a tick that is due then, or else.
    pub fn next(&self, tick: Option<u64>) -> Option<u64> {
        let last = self.events.back().map_or(0, |event| event.at).max(self.until);
        let tick = tick.filter(|tick| *tick <= last);
        let event = self.events.front().map(|event| event.at);
        tick.into_iter().chain(event).min()
    }

    /// What happens to that resource by `now`.
    pub fn take(&mut self, kind: Kind, name: &str, now: u64) -> Option<Happens> {
        let is_it = |event: &Happens| event.at <= now && event.kind == kind && event.name == name;
        let at = self.events.iter().position(is_it)?;
        self.events.remove(at)
    }

    /// The first that a guest with these events hears nothing of, in words.
    pub fn unheard(&self, events: &Events) -> Option<String> {
        let is_heard = |happens: &Happens| {
            events.iter().any(|event| {
                let (kind, name) = event.source.resource();
                kind == happens.kind && *name == happens.name.as_str()
            })
        };
        let Happens { at, kind, name, .. } = self.events.iter().find(|happens| !is_heard(happens))?;
        Some(format!("{}.{name} at {at} µs", kind.name()))
    }
}

impl Happens {
    /// The same, as a board says it.
    pub fn happened<'r>(&self, room: &'r mut [u8; MAX_TEXT]) -> Happened<'r> {
        let what = match &self.what {
            Change::Level(high) => What::Edge(*high),
            Change::Line(line) => {
                let len = line.len().min(MAX_TEXT);
                room[..len].copy_from_slice(&line.as_bytes()[..len]);
                What::Line(&room[..len])
            }
        };
        Happened { micros: self.at, what, lost: [0; 2] }
    }
}
