//! Events that wait until their guest has time.

use heapless::Deque;

use super::happening::{Happening, MAX_HAPPENING, field};

/// The queue of one guest. What finds no room is dropped and counted: an event that comes too often costs its board
/// nothing.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Events one after another: length, bytes of the [`Happening`].
    bytes: Deque<u8, CAPACITY>,
    waiting: u8,
    bound: u8,
    /// Since the last one was taken.
    dropped: u16,
}

impl Queue {
    /// An empty queue of at most `bound` events.
    pub const fn new(bound: u8) -> Self {
        Self { bytes: Deque::new(), waiting: 0, bound, dropped: 0 }
    }

    /// Adds `happening`; whether there was room.
    pub fn push(&mut self, happening: &Happening<'_>) -> bool {
        let mut room = [0; MAX_HAPPENING];
        let bytes = happening.write(&mut room);
        let fits = self.waiting < self.bound && bytes.len() < CAPACITY - self.bytes.len();
        if fits {
            // There is room: it was just seen.
            _ = self.bytes.push_back(bytes.len() as u8);
            self.bytes.extend(bytes.iter().copied());
            self.waiting += 1;
        } else {
            self.miss(1);
        }
        fits
    }

    /// Counts events that were dropped before they came here.
    pub fn miss(&mut self, events: u32) {
        self.dropped = self.dropped.saturating_add(u16::try_from(events).unwrap_or(u16::MAX));
    }

    /// How many more there is room for by their number.
    pub const fn room(&self) -> u8 {
        self.bound - self.waiting
    }

    /// Whether none waits.
    pub const fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Takes the oldest one: its bytes, in `room`.
    pub fn pop<'r>(&mut self, room: &'r mut [u8; MAX_HAPPENING]) -> Option<&'r [u8]> {
        let len = usize::from(self.bytes.pop_front()?);
        let bytes = room.get_mut(..len)?;
        for (place, byte) in bytes.iter_mut().zip(core::iter::from_fn(|| self.bytes.pop_front())) {
            *place = byte;
        }
        bytes.get_mut(field::DROPPED)?.copy_from_slice(&self.dropped.to_le_bytes());
        (self.dropped, self.waiting) = (0, self.waiting - 1);
        Some(bytes)
    }
}

/// Most events that wait.
pub const MAX_QUEUE: usize = 32;

/// Bytes of the events that wait: as many ticks and edges as may, or five of the longest lines.
const CAPACITY: usize = 512;

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;
    use crate::events::What;

    fn tick(micros: u64) -> Happening<'static> {
        Happening { event: 0, dropped: 0, micros, what: What::Tick }
    }

    /// Time and drops of each event that waits.
    fn told(queue: &mut Queue) -> Vec<(u8, u16)> {
        let mut room = [0; MAX_HAPPENING];
        let mut told = vec![];
        while let Some(bytes) = queue.pop(&mut room) {
            told.push((bytes[4], u16::from_le_bytes([bytes[2], bytes[3]])));
        }
        told
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_told_with_the_next() {
        let mut queue = Queue::new(2);
        let fits: Vec<_> = (1..=5).map(|micros| queue.push(&tick(micros))).collect();
        assert_eq!(fits, [true, true, false, false, false]);
        assert_eq!((queue.room(), queue.is_empty()), (0, false));
        assert_eq!(told(&mut queue), [(1, 3), (2, 0)]);
        queue.miss(70_000);
        assert!(queue.push(&tick(6)));
        assert_eq!(told(&mut queue), [(6, u16::MAX)]);
    }

    #[test]
    fn the_most_that_may_wait_has_room_for_edges_and_for_some_lines() {
        let mut queue = Queue::new(MAX_QUEUE as u8);
        let edge = Happening { what: What::Edge(true), ..tick(1) };
        assert!((0..MAX_QUEUE).all(|_| queue.push(&edge)));
        assert_eq!(told(&mut queue).len(), MAX_QUEUE);
        let line = Happening { what: What::Line(&[b'x'; 200]), ..tick(1) };
        assert_eq!((0..MAX_QUEUE).filter(|_| queue.push(&line)).count(), 5);
        assert!(queue.push(&tick(2)), "a short one still has room");
        assert_eq!(told(&mut queue).len(), 6);
    }
}
