//! Several guests on one chip: each in a compartment of its own, taking turns.
//!
//! ```text
//! link ──► Rooms ──┬─► Resident: compartment, supervisor, the job that it does, what it is told of
//!   turn by turn   ├─► Resident
//!                  └─► Resident
//! ```

mod agenda;
mod pace;
mod resident;
mod tenant;

pub use agenda::{Agenda, Events};
pub use pace::Pace;
pub use resident::Lease;

use aingle_wasm_core::{
    engine::{Engine, Footprint, Limits, Sliced},
    guest::Job,
    host::Platform,
    link::{
        Failure, Guests, Heap, Supervisor, Terms,
        guests::{Part, Standing},
    },
    log::{Level, MAX_LINE},
};
use resident::Resident;

/// Places for `N` guests whose host keeps a `T` for each, and an `A` of what it is told of.
pub struct Rooms<E, T, const N: usize, A = ()>
where
    E: Engine<T, Instance: Sliced<T>> + 'static,
    T: 'static,
{
    residents: [Resident<E, T, A>; N],
    engine: E,
    pace: Pace,
    /// Whose turn it is, and how many it has left.
    turn: usize,
    left: u8,
}

impl<E, T, const N: usize, A> Rooms<E, T, N, A>
where
    E: Engine<T, Instance: Sliced<T>> + Clone + 'static,
    T: Platform,
    A: Agenda,
{
    /// Empty places, one for each lease.
    pub fn new(engine: E, pace: Pace, leases: [Lease<T>; N]) -> Self {
        const { assert!(N > 0 && N <= u8::MAX as usize, "guests are numbered by a byte") };
        let mut guests = 0..;
        let residents = leases.map(|lease| Resident::new(guests.next().unwrap_or_default(), lease));
        Self { residents, engine, pace, turn: 0, left: 0 }
    }

    /// Loads a guest whose module lies in flash, where it is read in place, under `terms`. When its engine cannot go
    /// on it is loaded again, as often as its terms allow.
    ///
    /// # Errors
    /// As [`Guest::load`](aingle_wasm_core::guest::Guest::load).
    pub fn install(&mut self, guest: u8, wasm: &'static [u8], terms: Terms) -> Result<u32, Failure> {
        let resident = &mut self.residents[usize::from(guest)];
        resident.supervisor.keep(terms);
        resident.install(&self.engine, &self.pace, wasm)
    }

    /// Has the guest take no more than this from its next load on, as far as there is so much.
    pub fn limit(&mut self, guest: u8, room: Footprint) {
        self.resident(guest).limit(room);
    }

    /// How often the guest was abandoned.
    pub fn abandoned(&self, guest: u8) -> crate::compartment::Abandoned {
        self.residents[usize::from(guest)].abandoned()
    }

    fn resident(&mut self, guest: u8) -> &mut Resident<E, T, A> {
        &mut self.residents[usize::from(guest)]
    }

    /// Whether an event may come at any moment.
    fn is_told(&self) -> bool {
        self.residents.iter().any(Resident::is_told)
    }

    /// The next guest with something to do at `now`, from the one on.
    fn next(&self, from: usize, now: Option<u64>) -> Option<usize> {
        (from..from + N).map(|at| at % N).find(|at| self.residents[*at].is_busy(now))
    }
}

impl<E, T, const N: usize, A> Guests for Rooms<E, T, N, A>
where
    E: Engine<T, Instance: Sliced<T>> + Clone + 'static,
    T: Platform,
    A: Agenda,
{
    fn count(&self) -> u8 {
        N as u8
    }

    fn fuel_spec(&self) -> u32 {
        self.engine.fuel_spec()
    }

    fn limits(&self, guest: u8) -> Limits {
        self.residents[usize::from(guest)].limits()
    }

    fn longest(&self, guest: u8) -> u32 {
        self.residents[usize::from(guest)].limits().module
    }

    fn heap(&mut self, guest: u8) -> Heap {
        self.resident(guest).heap()
    }

    fn room(&mut self, guest: u8) -> Footprint {
        self.resident(guest).room()
    }

    fn nanos(&self) -> Option<u64> {
        self.pace.nanos()
    }

    fn store(&mut self, guest: u8, part: Part<'_>) -> Result<(), Failure> {
        let pace = self.pace;
        self.resident(guest).store(&pace, part)
    }

    fn load(&mut self, guest: u8) -> Result<u32, Failure> {
        let Self { residents, engine, pace, .. } = self;
        residents[usize::from(guest)].load(engine, pace)
    }

    fn unload(&mut self, guest: u8) {
        let pace = self.pace;
        self.resident(guest).unload(&pace);
    }

    fn begin(&mut self, guest: u8, job: Job<'_>, stored: bool, fuel: u64) -> Result<(), Failure> {
        let Self { residents, engine, pace, .. } = self;
        residents[usize::from(guest)].begin(engine, pace, job, stored, fuel)
    }

    fn turn(&mut self) -> bool {
        let now = if A::IS { self.pace.nanos() } else { None };
        for resident in &mut self.residents {
            resident.look(now);
        }
        if self.left == 0 || !self.residents[self.turn].is_busy(now) {
            let Some(next) = self.next(self.turn + 1, now) else { return self.is_told() };
            self.turn = next;
            self.left = self.residents[next].supervisor.terms().weight.max(1);
        }
        self.left -= 1;
        let Self { residents, engine, pace, turn, .. } = self;
        residents[*turn].go_on(engine, pace);
        self.next(0, now).is_some() || self.is_told()
    }

    fn standing(&self, guest: u8) -> Standing<'_> {
        self.residents[usize::from(guest)].standing()
    }

    fn lend(&mut self, guest: u8, offset: u32, with: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        let pace = self.pace;
        self.resident(guest).lend(&pace, offset, with)
    }

    fn fetched(&mut self, guest: u8) {
        self.resident(guest).fetched();
    }

    fn cancel(&mut self, guest: u8) {
        let pace = self.pace;
        self.resident(guest).cancel(&pace);
    }

    fn log(&mut self, guest: u8, room: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32) {
        let pace = self.pace;
        self.resident(guest).log(&pace, room)
    }

    fn supervisor(&mut self, guest: u8) -> &mut Supervisor {
        &mut self.resident(guest).supervisor
    }
}
