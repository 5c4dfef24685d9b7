//! What the guests of a board are told of without being asked.

use core::marker::PhantomData;

use aingle_wasm_core::events::{Diary, EntryName, Given, MAX_HAPPENING};

use crate::Bench;

/// The events of one guest. Firmware whose guests are told of nothing has `()`, which costs nothing.
pub trait Agenda: Default {
    /// Whether there can be any.
    const IS: bool;

    /// As [`Diary::note`].
    fn note(&mut self, guest: u8, wasm: &[u8], now: Option<u64>) -> u32;

    /// As [`Diary::is_open`].
    fn is_open(&self) -> bool;

    /// As [`Diary::look`].
    fn look(&mut self, now: Option<u64>) -> u32;

    /// As [`Diary::is_waiting`].
    fn is_waiting(&self) -> bool;

    /// As [`Diary::take`].
    fn take(&mut self, room: &mut [u8; MAX_HAPPENING]) -> Option<(EntryName, u32, usize)>;
}

impl Agenda for () {
    const IS: bool = false;

    fn note(&mut self, _guest: u8, _wasm: &[u8], _now: Option<u64>) -> u32 {
        0
    }

    fn is_open(&self) -> bool {
        false
    }

    fn look(&mut self, _now: Option<u64>) -> u32 {
        0
    }

    fn is_waiting(&self) -> bool {
        false
    }

    fn take(&mut self, _room: &mut [u8; MAX_HAPPENING]) -> Option<(EntryName, u32, usize)> {
        None
    }
}

/// The events of a guest that is given what `B` has. A board without a clock has none.
pub struct Events<B> {
    diary: Diary,
    bench: PhantomData<B>,
}

impl<B> Default for Events<B> {
    fn default() -> Self {
        Self { diary: Diary::NEW, bench: PhantomData }
    }
}

impl<B: Bench> Agenda for Events<B> {
    const IS: bool = true;

    fn note(&mut self, guest: u8, wasm: &[u8], now: Option<u64>) -> u32 {
        let (grants, fastest) = (&B::given(), B::FASTEST_TICK);
        let now = now.unwrap_or_default();
        let refused = B::lend(|resources, owners| {
            self.diary.note(guest, wasm, Given { grants, fastest, resources, owners }, now)
        });
        self.diary.resources().for_each(B::forget);
        refused
    }

    fn is_open(&self) -> bool {
        self.diary.is_open()
    }

    fn look(&mut self, now: Option<u64>) -> u32 {
        now.map_or(0, |now| self.diary.look(now, &mut B::happened))
    }

    fn is_waiting(&self) -> bool {
        self.diary.is_waiting()
    }

    fn take(&mut self, room: &mut [u8; MAX_HAPPENING]) -> Option<(EntryName, u32, usize)> {
        self.diary.take(room)
    }
}
