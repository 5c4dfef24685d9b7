//! A pin with an interrupt, and places for guests that are told of it.

use core::sync::atomic::{AtomicU32, Ordering};

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    events::{Happened, MAX_TEXT, What},
    hal::{Code, Owners, Peripheral, Resources},
    host::{Cost, Import, Imports},
};
use embedded_hal::digital::{ErrorType, InputPin};

use super::compartments::rooms;
use crate::{
    Bench, Rooms, Station,
    rooms::{Events, Pace},
    shelf::Shelf,
};

pub type Desk = Rooms<Engine, Station<Key>, 3, Events<Key>>;

/// Places for such guests, once.
pub fn desk(pace: Pace) -> Desk {
    SHELF.put(Key);
    let imports = Imports::from(IMPORTS).with_hardware();
    rooms(pace, imports, [station::<0>, station::<1>, station::<2>])
}

/// The pin changes its level so often, an even number of times, from low on.
pub fn change(times: u32) {
    EDGES.store(times, Ordering::Relaxed);
}

/// Whether a change waits to be told.
pub fn is_waiting() -> bool {
    EDGES.load(Ordering::Relaxed) > 0
}

/// How often a guest was told, and of how many more that were dropped, as it answers.
pub fn counts(answer: [u8; 8]) -> (u32, u32) {
    let counts = u64::from_le_bytes(answer);
    (counts as u32, (counts >> 32) as u32)
}

fn station<const GUEST: u8>(wasm: &[u8]) -> Station<Key> {
    Station::with_bench(|| Some(0), GUEST, wasm)
}

/// The bench.
pub struct Key;

impl Bench for Key {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        let Some(done) = SHELF.lend(|key, owners| with(key, owners)) else { panic!("guests come after it") };
        done
    }

    fn happened<'r>(_number: u8, _room: &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>> {
        let left = EDGES.load(Ordering::Relaxed).checked_sub(1)?;
        EDGES.store(left, Ordering::Relaxed);
        Some(Happened { micros: 0, what: What::Edge(left % 2 == 1), lost: [0; 2] })
    }
}

impl Resources for Key {
    fn name(&self, number: u8) -> Option<&str> {
        (number == 0).then_some("key")
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        (number == 0).then_some(Peripheral::Input(self))
    }
}

impl ErrorType for Key {
    type Error = Code;
}

impl InputPin for Key {
    fn is_high(&mut self) -> Result<bool, Code> {
        Ok(false)
    }

    fn is_low(&mut self) -> Result<bool, Code> {
        Ok(true)
    }
}

static SHELF: Shelf<Key> = Shelf::new();

/// Changes that nobody was told of yet.
static EDGES: AtomicU32 = AtomicU32::new(0);

const IMPORTS: &[Import<Station<Key>>] = &[Import::new("panic", 0, Cost::STANDARD, |_, _, _| panic!())];
