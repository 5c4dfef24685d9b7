//! One guest in its compartment.

use alloc::vec::Vec;
use core::mem;

use aingle_wasm_core::{
    engine::{Engine, Footprint, Limits, Sliced},
    error::{Abstain, CallError, Error},
    guest::{Guest, Job, Outcome, Turn, TurnOf, UnderwayOf},
    host::{Imports, Platform},
    link::{
        Failure, Heap, LinkError, Run, Supervisor,
        guests::{Body, Part, Standing},
        supervisor::State,
    },
    log::{Level, MAX_LINE},
};

use super::pace::{Pace, Work};
use crate::compartment::{Abandoned, Compartment, Region};

/// What a board gives to a guest.
pub struct Lease<T: 'static> {
    /// Where it lives.
    pub region: Region,
    /// What it may take.
    pub limits: Limits,
    /// The host functions that it may call.
    pub imports: Imports<T>,
    /// Makes the host's state for the guest in that module.
    pub state: fn(&[u8]) -> T,
}

pub(super) struct Resident<E: Engine<T, Instance: Sliced<T>> + 'static, T: 'static> {
    compartment: Compartment<Tenant<E, T>>,
    limits: Limits,
    imports: Imports<T>,
    state: fn(&[u8]) -> T,
    pub supervisor: Supervisor,
    /// Its module, when that lies in flash.
    installed: Option<&'static [u8]>,
    stands: Stands,
}

/// What is in the compartment.
struct Tenant<E: Engine<T, Instance: Sliced<T>>, T: 'static> {
    guest: Guest<E, T>,
    /// The request that arrives, when the guest has no inbox for it.
    body: Vec<u8>,
    job: Option<UnderwayOf<E, T>>,
}

/// The last job, and the nanoseconds that it took so far, where there is a clock.
enum Stands {
    Idle,
    Underway { fuel_used: u64, nanos: Option<u64> },
    Done(Result<Outcome, Error>, Run),
}

/// How a slice ended: all of it may leave the compartment.
#[derive(Clone, Copy)]
struct Slice {
    /// `None` while the job goes on.
    ended: Option<Result<(), Error>>,
    /// What the job took so far, but for the time.
    run: Run,
}

impl<E, T> Resident<E, T>
where
    E: Engine<T, Instance: Sliced<T>> + Clone + 'static,
    T: Platform,
{
    pub fn new(Lease { region, limits, imports, state }: Lease<T>) -> Self {
        Self {
            compartment: Compartment::new(region),
            limits,
            imports,
            state,
            supervisor: Supervisor::default(),
            installed: None,
            stands: Stands::Idle,
        }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    pub fn heap(&mut self) -> Heap {
        self.compartment.region().heap()
    }

    pub fn limit(&mut self, room: Footprint) {
        let heap = room.heap.saturating_add(size_of::<T>() as u32);
        self.compartment.region().limit(Footprint { heap, ..room });
    }

    /// What there is for a guest and its engine, beside what the host keeps there.
    pub fn room(&mut self) -> Footprint {
        let room = self.compartment.region().room();
        Footprint { heap: room.heap - size_of::<T>() as u32, ..room }
    }

    pub fn abandoned(&self) -> Abandoned {
        self.compartment.abandoned()
    }

    /// Whether its job is under way.
    pub fn is_busy(&self) -> bool {
        matches!(self.stands, Stands::Underway { .. })
    }

    pub fn store(&mut self, pace: &Pace, part: Part<'_>) -> Result<(), Failure> {
        let memory = self.compartment.region().touched() + part.total as usize;
        pace.grant(Work { memory, ..Work::default() });
        match part.body {
            Body::Module => self.store_module(pace, part),
            Body::Request => self.store_request(part),
        }
    }

    fn store_module(
        &mut self,
        pace: &Pace,
        Part { total, offset, bytes, .. }: Part<'_>,
    ) -> Result<(), Failure> {
        if offset == 0 {
            self.unload(pace);
            self.compartment.stage(total as usize)?;
        }
        let start = offset as usize;
        let place = self.compartment.staged().get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len()));
        // Where there is no place, the module was lost with what came after it.
        place.ok_or(LinkError::BodyIncomplete)?.copy_from_slice(bytes);
        Ok(())
    }

    fn store_request(&mut self, part: Part<'_>) -> Result<(), Failure> {
        if !self.compartment.is_loaded() {
            return Err(self.absent());
        }
        if part.offset == 0 && !self.is_busy() {
            // The answer may lie where the request comes to lie.
            self.stands = Stands::Idle;
        }
        let stored = self.compartment.with(|tenant| tenant.store(part));
        self.or_abandoned(stored)?
    }

    pub fn load(&mut self, engine: &E, pace: &Pace) -> Result<u32, Failure> {
        let room = self.room();
        let Self { compartment, limits, imports, state, .. } = self;
        pace.grant(Work { module: compartment.staged().len(), memory: limits.memory as usize });
        let translate = |wasm: &[u8]| Ok((load(engine, wasm, *limits, room)?, state(wasm)));
        let loaded = compartment.load_staged(translate, |made: Result<_, Error>| {
            let (module, state) = made?;
            Ok(Tenant::of(Guest::start(engine.clone(), module, imports.clone(), state)?))
        });
        self.loaded(loaded)
    }

    pub fn install(&mut self, engine: &E, pace: &Pace, wasm: &'static [u8]) -> Result<u32, Failure> {
        self.unload(pace);
        self.installed = Some(wasm);
        let loaded = self.reload(engine, pace, wasm);
        self.loaded(loaded)
    }

    /// Makes the guest of its module in flash.
    fn reload(&mut self, engine: &E, pace: &Pace, wasm: &'static [u8]) -> Result<(), Error> {
        let room = self.room();
        let Self { compartment, limits, imports, state, .. } = self;
        pace.grant(Work { module: wasm.len(), memory: limits.memory as usize });
        compartment.load(|| {
            let module = load(engine, wasm, *limits, room)?;
            Ok(Tenant::of(Guest::start(engine.clone(), module, imports.clone(), state(wasm))?))
        })
    }

    /// Enters in the books that the guest was loaded, or that there is none; gives its memory in bytes.
    fn loaded(&mut self, loaded: Result<(), Error>) -> Result<u32, Failure> {
        let memory = |tenant: &mut Tenant<E, T>| tenant.guest.with_memory(<[u8]>::len) as u32;
        let loaded = loaded.and_then(|()| self.compartment.with(memory));
        match loaded {
            Ok(_) => self.supervisor.loaded(),
            Err(error) => {
                self.supervisor.ended(Some(error), None);
                _ = self.compartment.unload();
                self.supervisor.unloaded();
            }
        }
        Ok(loaded?)
    }

    pub fn unload(&mut self, pace: &Pace) {
        pace.grant(Work { memory: self.compartment.region().touched(), ..Work::default() });
        // Whether it went quietly is counted.
        _ = self.compartment.unload();
        self.stands = Stands::Idle;
        self.installed = None;
        self.supervisor.unloaded();
    }

    pub fn begin(
        &mut self,
        engine: &E,
        pace: &Pace,
        job: Job<'_>,
        stored: bool,
        fuel: u64,
    ) -> Result<(), Failure> {
        if self.is_busy() {
            return Err(CallError::Busy.into());
        }
        self.supervisor.admit(pace.nanos())?;
        if let (Some(wasm), false) = (self.installed, self.compartment.is_loaded()) {
            self.reload(engine, pace, wasm)?;
        }
        if !self.compartment.is_loaded() {
            return Err(self.absent());
        }
        self.stands = Stands::Underway { fuel_used: 0, nanos: pace.nanos().map(|_| 0) };
        self.slice(pace, |tenant, slice, outcome| tenant.begin(job, stored, fuel, slice, outcome));
        Ok(())
    }

    /// Gives the job another slice.
    pub fn go_on(&mut self, pace: &Pace) {
        self.slice(pace, |tenant, slice, outcome| tenant.go_on(slice, outcome));
    }

    fn slice(
        &mut self,
        pace: &Pace,
        run: impl FnOnce(&mut Tenant<E, T>, u64, &mut Option<Outcome>) -> Slice,
    ) {
        let Stands::Underway { fuel_used, nanos } = self.stands else { return };
        // It may have to be started afresh.
        pace.grant(Work { memory: self.limits.memory as usize, ..Work::default() });
        let (started, mut outcome) = (pace.nanos(), None);
        let slice = self.compartment.with(|tenant| run(tenant, pace.slice(), &mut outcome));
        let ended = pace.nanos();
        let took = started.zip(ended).map(|(started, ended)| ended.saturating_sub(started));
        let nanos = nanos.zip(took).map(|(before, took)| before + took);
        let (done, run) = match slice {
            Ok(Slice { ended: None, run }) => {
                return self.stands = Stands::Underway { fuel_used: run.fuel_used, nanos };
            }
            Ok(Slice { ended: Some(Ok(())), run }) => (outcome.ok_or(Abstain::Engine.into()), run),
            Ok(Slice { ended: Some(Err(error)), run }) => (Err(error), run),
            Err(abandoned) => (Err(abandoned), Run { fuel_used, ..Run::default() }),
        };
        self.supervisor.ended(done.as_ref().err().copied(), ended);
        self.stands = Stands::Done(done, Run { nanos, ..run });
    }

    pub fn cancel(&mut self, pace: &Pace) {
        if self.is_busy() {
            pace.grant(Work::default());
            let cancelled = self.compartment.with(Tenant::cancel);
            _ = self.or_abandoned(cancelled);
            self.supervisor.cancelled();
            self.stands = Stands::Idle;
        }
    }

    pub fn standing(&self) -> Standing<'_> {
        match &self.stands {
            Stands::Idle => Standing::Idle,
            Stands::Underway { fuel_used, .. } => Standing::Underway(*fuel_used),
            Stands::Done(done, run) => Standing::Done(done.as_ref().map_err(|error| *error), *run),
        }
    }

    pub fn lend(&mut self, pace: &Pace, offset: u32, with: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        let Stands::Done(Ok(Outcome::Replied(reply)), _) = self.stands else {
            return Err(LinkError::NoJob.into());
        };
        pace.grant(Work { memory: reply.len() as usize, ..Work::default() });
        let lent = self.compartment.with(|tenant| {
            tenant.guest.lend(reply, |bytes| with(bytes.get(offset as usize..).unwrap_or_default()))
        });
        Ok(self.or_abandoned(lent)??)
    }

    pub fn log(&mut self, pace: &Pace, room: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32) {
        pace.grant(Work::default());
        let told = self.compartment.with(|tenant| tenant.guest.with_state(|state| state.log().tell(room)));
        // Without a guest there is none.
        told.ok().flatten().unwrap_or_default()
    }

    /// Enters in the books that the guest was abandoned when it had no job, if it was.
    fn or_abandoned<R>(&mut self, done: Result<R, Error>) -> Result<R, Error> {
        done.inspect_err(|error| {
            self.supervisor.ended(Some(*error), None);
            self.stands = Stands::Idle;
        })
    }

    /// Why there is no guest.
    fn absent(&self) -> Failure {
        match self.supervisor.health(None).state {
            State::Empty => LinkError::NoGuest.into(),
            _ => CallError::Lost.into(),
        }
    }
}

impl<E: Engine<T, Instance: Sliced<T>>, T: 'static> Tenant<E, T> {
    fn of(guest: Guest<E, T>) -> Self {
        Self { guest, body: Vec::new(), job: None }
    }

    fn store(&mut self, Part { total, offset, bytes, .. }: Part<'_>) -> Result<(), Failure> {
        if offset == 0 {
            self.body = Vec::new();
        }
        if self.body.is_empty() && self.guest.place(total, offset, bytes)? {
            return Ok(());
        }
        if offset == 0 {
            self.body.try_reserve_exact(total as usize).map_err(|_| Error::from(Abstain::Memory))?;
        }
        // What was in the inbox is lost when the guest did something else meanwhile.
        if self.body.len() != offset as usize {
            return Err(LinkError::BodyIncomplete.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    fn begin(
        &mut self,
        job: Job<'_>,
        stored: bool,
        fuel: u64,
        slice: u64,
        outcome: &mut Option<Outcome>,
    ) -> Slice {
        let body = mem::take(&mut self.body);
        let turn = match job {
            Job::Call { entry, delivery, .. } if stored && body.is_empty() => {
                self.guest.begin_placed(entry, delivery, fuel, slice)
            }
            Job::Call { entry, delivery, .. } if stored => {
                self.guest.begin(&Job::Call { entry, request: &body, delivery }, fuel, slice)
            }
            job => self.guest.begin(&job, fuel, slice),
        };
        self.settle(turn, outcome)
    }

    fn go_on(&mut self, slice: u64, outcome: &mut Option<Outcome>) -> Slice {
        let Some(job) = self.job.take() else {
            return Slice { ended: Some(Err(CallError::Ended.into())), run: Run::default() };
        };
        let turn = self.guest.go_on(job, slice);
        self.settle(turn, outcome)
    }

    fn cancel(&mut self) {
        if let Some(job) = self.job.take() {
            self.guest.cancel(job);
        }
    }

    fn settle(&mut self, turn: Result<TurnOf<E, T>, Error>, outcome: &mut Option<Outcome>) -> Slice {
        let ended = match turn {
            Ok(Turn::Underway(job)) => {
                self.job = Some(job);
                None
            }
            Ok(Turn::Done(done)) => {
                *outcome = Some(done);
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        };
        let fuel_used = self.guest.fuel_used();
        let (host_calls, host_digest) = if ended.is_some() { self.guest.host_calls() } else { (0, 0) };
        Slice { ended, run: Run { fuel_used, nanos: None, host_calls, host_digest } }
    }
}

/// Translates a module whose guest is not certain to find no room.
fn load<E: Engine<T>, T: 'static>(
    engine: &E,
    wasm: &[u8],
    limits: Limits,
    room: Footprint,
) -> Result<E::Module, Error> {
    engine.admit(wasm, limits, room)?;
    engine.load(wasm, limits)
}
