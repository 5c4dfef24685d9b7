//! One guest that does each job at once: what a desktop has behind a link.

use super::{
    Failure, Heap, LinkError, Run,
    guests::{Body, Guests, Part, Standing},
    supervisor::Supervisor,
};
use crate::{
    engine::{Engine, Footprint, Limits},
    error::Error,
    guest::{Guest, Job, Outcome},
    host::{Imports, Platform},
    log::{Level, MAX_LINE},
};

/// What every guest of a board is given.
pub struct Board<T: 'static> {
    /// What a guest may take.
    pub limits: Limits,
    /// The host functions that it may call.
    pub imports: Imports<T>,
    /// Makes the host's state for the guest in that module.
    pub state: fn(&[u8]) -> T,
    /// The memory that guests are made of.
    pub heap: fn() -> Heap,
    /// Nanoseconds since some moment; `None` where there is no clock.
    pub nanos: fn() -> Option<u64>,
}

/// A place for one guest. `B` is the buffer for bodies: it bounds modules and requests.
pub struct Single<E: Engine<T>, T: 'static, B> {
    board: Board<T>,
    engine: E,
    guest: Option<Guest<E, T>>,
    body: B,
    stored: usize,
    done: Option<(Result<Outcome, Error>, Run)>,
    supervisor: Supervisor,
    /// Bytes of the heap that are in use when there is no guest.
    spent: u32,
}

impl<E, T, B> Single<E, T, B>
where
    E: Engine<T> + Clone,
    T: Platform,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// A place without a guest.
    pub fn new(board: Board<T>, engine: E, body: B) -> Self {
        let spent = (board.heap)().used;
        let supervisor = Supervisor::default();
        Self { board, engine, guest: None, body, stored: 0, done: None, supervisor, spent }
    }
}

impl<E, T, B> Guests for Single<E, T, B>
where
    E: Engine<T> + Clone,
    T: Platform,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    fn count(&self) -> u8 {
        1
    }

    fn fuel_spec(&self) -> u32 {
        self.engine.fuel_spec()
    }

    fn limits(&self, _guest: u8) -> Limits {
        self.board.limits
    }

    fn longest(&self, _guest: u8) -> u32 {
        u32::try_from(self.body.as_ref().len()).unwrap_or(u32::MAX)
    }

    fn heap(&mut self, _guest: u8) -> Heap {
        (self.board.heap)()
    }

    fn room(&mut self, _guest: u8) -> Footprint {
        let heap = (self.board.heap)().size.saturating_sub(self.spent);
        Footprint { heap, stack: 0 }
    }

    fn nanos(&self) -> Option<u64> {
        (self.board.nanos)()
    }

    fn store(&mut self, guest: u8, part: Part<'_>) -> Result<(), Failure> {
        match (part.body, &self.guest) {
            (Body::Module, _) if part.offset == 0 => self.unload(guest),
            (Body::Request, None) => return Err(LinkError::NoGuest.into()),
            _ => (),
        }
        let start = part.offset as usize;
        let place = self.body.as_mut().get_mut(start..).and_then(|rest| rest.get_mut(..part.bytes.len()));
        place.ok_or(LinkError::BodyTooLong)?.copy_from_slice(part.bytes);
        self.stored = start + part.bytes.len();
        Ok(())
    }

    fn load(&mut self, guest: u8) -> Result<u32, Failure> {
        let room = self.room(guest);
        let Board { limits, imports, state, .. } = &self.board;
        let wasm = &self.body.as_ref()[..self.stored];
        self.engine.admit(wasm, *limits, room)?;
        let guest = Guest::load(self.engine.clone(), wasm, *limits, imports.clone(), state(wasm))?;
        self.supervisor.loaded();
        Ok(self.guest.insert(guest).with_memory(<[u8]>::len) as u32)
    }

    fn unload(&mut self, _guest: u8) {
        (self.guest, self.done) = (None, None);
        self.spent = (self.board.heap)().used;
        self.supervisor.unloaded();
    }

    fn begin(&mut self, _guest: u8, job: Job<'_>, stored: bool, fuel: u64) -> Result<(), Failure> {
        let started = self.nanos();
        let guest = self.guest.as_mut().ok_or(LinkError::NoGuest)?;
        self.supervisor.admit(started)?;
        let job = match job {
            Job::Call { entry, delivery, .. } if stored => {
                Job::Call { entry, request: &self.body.as_ref()[..self.stored], delivery }
            }
            job => job,
        };
        let done = guest.perform(&job, fuel);
        let error = done.as_ref().err().copied();
        let run = Run::of(guest, error);
        let ended = self.nanos();
        let nanos = started.zip(ended).map(|(started, ended)| ended.saturating_sub(started));
        let run = Run { nanos, ..run };
        self.supervisor.ended(error, ended);
        self.supervisor.denied(run.denied_calls);
        self.done = Some((done, run));
        Ok(())
    }

    fn turn(&mut self) -> bool {
        false
    }

    fn standing(&self, _guest: u8) -> Standing<'_> {
        match &self.done {
            None => Standing::Idle,
            Some((done, run)) => Standing::Done(done.as_ref().map_err(|error| *error), *run),
        }
    }

    fn lend(&mut self, _guest: u8, offset: u32, with: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        let (Some(guest), Some((Ok(Outcome::Replied(reply)), _))) = (&mut self.guest, &self.done) else {
            return Err(LinkError::NoJob.into());
        };
        guest.lend(*reply, |bytes| with(bytes.get(offset as usize..).unwrap_or_default()))?;
        Ok(())
    }

    fn cancel(&mut self, _guest: u8) {}

    fn log(&mut self, _guest: u8, room: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32) {
        let told = self.guest.as_mut().and_then(|guest| guest.with_state(|state| state.log().tell(room)));
        told.unwrap_or_default()
    }

    fn supervisor(&mut self, _guest: u8) -> &mut Supervisor {
        &mut self.supervisor
    }
}
