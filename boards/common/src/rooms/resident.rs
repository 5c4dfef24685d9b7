//! One guest, and the books that are kept of it outside of its compartment.

use core::mem;

use aingle_wasm_core::{
    engine::{Engine, Footprint, Limits, Sliced},
    error::{Abstain, CallError, Error},
    events::MAX_HAPPENING,
    guest::{Delivery, Job, Outcome},
    host::{Imports, Platform},
    link::{
        Failure, Heap, LinkError, Run, Supervisor,
        guests::{Body, Part, Standing},
        supervisor::State,
    },
    log::{Level, MAX_LINE},
};

use super::{
    agenda::Agenda,
    pace::{Pace, Work},
    tenant::{Slice, Tenant, load, start},
};
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

pub(super) struct Resident<E: Engine<T, Instance: Sliced<T>> + 'static, T: 'static, A> {
    number: u8,
    compartment: Compartment<Tenant<E, T>>,
    limits: Limits,
    imports: Imports<T>,
    state: fn(&[u8]) -> T,
    pub supervisor: Supervisor,
    /// Its module, when that lies in flash.
    installed: Option<&'static [u8]>,
    stands: Stands,
    agenda: A,
    /// Units of fuel that the event under way took so far. A job that comes meanwhile waits in the compartment.
    event: Option<u64>,
    waits: bool,
    /// Until then, in nanoseconds, no event may touch the last reply or the next request, which lie in the guest's memory.
    kept: Option<u64>,
}

/// The last job, and the nanoseconds that it took so far, where there is a clock.
enum Stands {
    Idle,
    Underway { fuel_used: u64, nanos: Option<u64> },
    Done(Result<Outcome, Error>, Run),
}

impl<E, T, A> Resident<E, T, A>
where
    E: Engine<T, Instance: Sliced<T>> + Clone + 'static,
    T: Platform,
    A: Agenda,
{
    /// Bytes of the heap that are the host's.
    const KEPT: u32 = (size_of::<T>() + T::HEAP) as u32;

    pub fn new(number: u8, Lease { region, limits, imports, state }: Lease<T>) -> Self {
        Self {
            number,
            compartment: Compartment::new(region),
            limits,
            imports,
            state,
            supervisor: Supervisor::default(),
            installed: None,
            stands: Stands::Idle,
            agenda: A::default(),
            event: None,
            waits: false,
            kept: None,
        }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    pub fn heap(&mut self) -> Heap {
        self.compartment.region().heap()
    }

    pub fn limit(&mut self, room: Footprint) {
        let heap = room.heap.saturating_add(Self::KEPT);
        self.compartment.limit(Footprint { heap, ..room });
    }

    /// What there is for a guest and its engine, beside what the host keeps there.
    pub fn room(&mut self) -> Footprint {
        let room = self.compartment.region().room();
        Footprint { heap: room.heap.saturating_sub(Self::KEPT), ..room }
    }

    pub fn abandoned(&self) -> Abandoned {
        self.compartment.abandoned()
    }

    /// Whether it has something to do at `now`: a job, or an event.
    pub fn is_busy(&self, now: Option<u64>) -> bool {
        self.has_job() || (A::IS && (self.event.is_some() || self.may_be_told(now)))
    }

    fn has_job(&self) -> bool {
        matches!(self.stands, Stands::Underway { .. })
    }

    /// Whether an event may come at any moment.
    pub fn is_told(&self) -> bool {
        self.agenda.is_open()
    }

    /// Whether an event waits for which the guest has time.
    fn may_be_told(&self, now: Option<u64>) -> bool {
        let is_kept = self.kept.is_some_and(|until| now.is_none_or(|now| now < until));
        let is_there = self.compartment.is_loaded() || self.installed.is_some();
        self.agenda.is_waiting() && is_there && !is_kept && self.supervisor.health(now).state == State::Well
    }

    /// Notes what has happened by `now`.
    pub fn look(&mut self, now: Option<u64>) {
        if A::IS {
            let dropped = self.agenda.look(now);
            self.supervisor.dropped(dropped);
        }
    }

    pub fn store(&mut self, pace: &Pace, part: Part<'_>) -> Result<(), Failure> {
        let memory = self.compartment.region().touched() + part.total as usize;
        pace.grant(Work { memory, ..Work::default() });
        match part.body {
            Body::Module => self.store_module(pace, part),
            Body::Request => self.store_request(pace, part),
        }
    }

    fn store_module(&mut self, pace: &Pace, part: Part<'_>) -> Result<(), Failure> {
        let Part { total, offset, bytes, .. } = part;
        if offset == 0 {
            self.unload(pace);
            self.compartment.stage(total as usize)?;
        }
        let start = offset as usize;
        let place = self.compartment.staged().get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len()));
        // Where there is no place, what was sent before is gone.
        place.ok_or(LinkError::BodyIncomplete)?.copy_from_slice(bytes);
        Ok(())
    }

    fn store_request(&mut self, pace: &Pace, part: Part<'_>) -> Result<(), Failure> {
        if !self.compartment.is_loaded() {
            return Err(self.absent());
        }
        if let Stands::Done(..) = self.stands {
            // The answer may lie where the request comes to lie.
            self.stands = Stands::Idle;
        }
        if A::IS {
            self.keep(pace.nanos());
        }
        let stored = self.compartment.with(|tenant| tenant.store(part));
        self.or_abandoned(stored, pace)?
    }

    pub fn load(&mut self, engine: &E, pace: &Pace) -> Result<u32, Failure> {
        let loaded = self.start(engine, pace);
        match loaded {
            Ok(_) => self.supervisor.loaded(),
            Err(error) => self.not_loaded(error, pace),
        }
        Ok(loaded?)
    }

    pub fn install(&mut self, engine: &E, pace: &Pace, wasm: &'static [u8]) -> Result<u32, Failure> {
        self.unload(pace);
        self.installed = Some(wasm);
        self.load(engine, pace)
    }

    /// Makes the guest of its module in flash again, when it was abandoned.
    fn come_back(&mut self, engine: &E, pace: &Pace) -> Result<(), Error> {
        if self.installed.is_none() || self.compartment.is_loaded() {
            return Ok(());
        }
        self.start(engine, pace).map(drop).inspect_err(|error| self.not_loaded(*error, pace))
    }

    /// Makes a guest of its module in flash, or of the one that was sent; gives its memory in bytes.
    fn start(&mut self, engine: &E, pace: &Pace) -> Result<u32, Error> {
        let room = self.room();
        let Self { number, compartment, limits, imports, state, agenda, installed, .. } = self;
        let module = installed.map_or_else(|| compartment.staged().len(), <[u8]>::len);
        pace.grant(Work { module, memory: limits.memory as usize });
        let (now, mut ungranted, mut memory) = (pace.nanos(), 0, 0);
        let translate = |staged: &[u8]| {
            let wasm = installed.unwrap_or(staged);
            let module = load(engine, wasm, *limits, room)?;
            ungranted = agenda.note(*number, wasm, now);
            Ok((module, state(wasm)))
        };
        let loaded = compartment.load_staged(translate, |made: Result<_, Error>| {
            let (module, state) = made?;
            let mut tenant = start(engine, module, imports, state)?;
            memory = tenant.guest.with_memory(<[u8]>::len) as u32;
            Ok(tenant)
        });
        if A::IS {
            self.supervisor.ungranted(ungranted);
        }
        loaded.map(|()| memory)
    }

    /// Enters in the books that there is no guest. One in flash may come back, unless it is refused.
    fn not_loaded(&mut self, error: Error, pace: &Pace) {
        self.supervisor.ended(Some(error), pace.nanos());
        _ = self.compartment.unload();
        // What it had went with its state, so that another guest may have it.
        self.agenda = A::default();
        if self.installed.is_none() || !matches!(error, Error::Abstain(_)) {
            self.leave();
            self.supervisor.unloaded();
        }
    }

    pub fn unload(&mut self, pace: &Pace) {
        pace.grant(Work { memory: self.compartment.region().touched(), ..Work::default() });
        // Whether it went quietly is counted.
        _ = self.compartment.unload();
        self.idle();
        self.leave();
        self.supervisor.unloaded();
    }

    /// Gives up what it had: it does not come back. One that does after it was abandoned finds it, and meanwhile nobody else
    /// has it.
    fn leave(&mut self) {
        self.agenda = A::default();
        self.installed = None;
        T::gone(self.number);
    }

    pub fn begin(
        &mut self,
        engine: &E,
        pace: &Pace,
        job: Job<'_>,
        stored: bool,
        fuel: u64,
    ) -> Result<(), Failure> {
        if self.has_job() {
            return Err(CallError::Busy.into());
        }
        self.supervisor.admit(pace.nanos())?;
        self.come_back(engine, pace)?;
        if self.supervisor.health(None).state == State::Empty {
            return Err(self.absent());
        }
        self.kept = None;
        if A::IS && self.event.is_some() {
            pace.grant(Work::default());
            let waits = self.compartment.with(|tenant| tenant.wait(job, stored, fuel));
            self.or_abandoned(waits, pace)?;
            self.waits = true;
        }
        self.stands = Stands::Underway { fuel_used: 0, nanos: pace.nanos().map(|_| 0) };
        if !(A::IS && self.waits) {
            self.slice(pace, |tenant, slice, outcome| tenant.begin(job, stored, fuel, slice, outcome));
        }
        Ok(())
    }

    /// Gives what it does another slice: an event that was begun, a job, the next event.
    pub fn go_on(&mut self, engine: &E, pace: &Pace) {
        if !A::IS || self.event.is_some() || (self.has_job() && !self.waits) {
            return self.slice(pace, |tenant, slice, outcome| tenant.go_on(slice, outcome));
        }
        if !mem::take(&mut self.waits) {
            return self.tell(engine, pace);
        }
        // It may have failed since the job came.
        match self.supervisor.admit(pace.nanos()) {
            Ok(()) => self.slice(pace, |tenant, slice, outcome| tenant.begin_waiting(slice, outcome)),
            Err(refused) => self.stands = Stands::Done(Err(refused.into()), Run::default()),
        }
    }

    /// Begins to tell the guest of the event that waits longest.
    fn tell(&mut self, engine: &E, pace: &Pace) {
        if self.come_back(engine, pace).is_err() {
            return;
        }
        let mut room = [0; MAX_HAPPENING];
        let Some((entry, fuel, len)) = self.agenda.take(&mut room) else { return };
        if matches!(&self.stands, Stands::Done(Ok(Outcome::Replied(reply)), _) if !reply.is_empty()) {
            // Nobody fetched it in time, or all of it was.
            self.stands = Stands::Idle;
        }
        self.event = Some(0);
        let job = Job::Call { entry: &entry, request: &room[..len], delivery: Delivery::Event };
        self.slice(pace, |tenant, slice, outcome| tenant.begin(job, false, fuel.into(), slice, outcome));
    }

    fn slice(
        &mut self,
        pace: &Pace,
        run: impl FnOnce(&mut Tenant<E, T>, u64, &mut Option<Outcome>) -> Slice,
    ) {
        let (fuel_used, nanos) = match self.stands {
            Stands::Underway { fuel_used, nanos } => (fuel_used, nanos),
            _ => (0, None),
        };
        // It may have to be started afresh.
        pace.grant(Work { memory: self.limits.memory as usize, ..Work::default() });
        let (started, mut outcome) = (pace.nanos(), None);
        let slice = self.compartment.with(|tenant| run(tenant, pace.slice(), &mut outcome));
        let ended = pace.nanos();
        if A::IS && self.event.is_some() {
            return self.told(slice, ended);
        }
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
        self.ended(done.as_ref().err().copied(), ended);
        if A::IS && matches!(&done, Ok(Outcome::Replied(reply)) if !reply.is_empty()) {
            self.keep(ended);
        }
        self.supervisor.denied(run.denied_calls);
        self.stands = Stands::Done(done, Run { nanos, ..run });
    }

    /// Enters what a slice of an event came to.
    fn told(&mut self, slice: Result<Slice, Error>, now: Option<u64>) {
        let so_far = self.event.take().unwrap_or_default();
        let (done, fuel_used) = match slice {
            Ok(Slice { ended: None, run }) => return self.event = Some(run.fuel_used),
            Ok(Slice { ended: Some(done), run }) => {
                self.supervisor.denied(run.denied_calls);
                (done, run.fuel_used)
            }
            Err(abandoned) => (Err(abandoned), so_far),
        };
        self.ended(done.err(), now);
        // One that names no entry is told to nobody.
        if !matches!(done, Err(Error::Call(_))) {
            self.supervisor.told(fuel_used);
        }
        if let (Err(error @ Error::Abstain(_)), true) = (done, self.waits) {
            // The job that waited went with the guest.
            (self.waits, self.stands) = (false, Stands::Done(Err(error), Run::default()));
        }
    }

    /// Enters in the books how a job ended.
    fn ended(&mut self, error: Option<Error>, now: Option<u64>) {
        self.supervisor.ended(error, now);
        if self.installed.is_none() && !self.compartment.is_loaded() {
            self.leave();
            self.supervisor.lost();
        }
    }

    /// Keeps the last reply for whoever fetches it.
    fn keep(&mut self, now: Option<u64>) {
        self.kept = Some(now.map_or(u64::MAX, |now| now.saturating_add(KEPT)));
    }

    /// Lets events touch the last reply.
    pub fn fetched(&mut self) {
        self.kept = None;
    }

    /// Has nothing to do any more, and nothing to say of what it did.
    fn idle(&mut self) {
        (self.stands, self.event, self.waits, self.kept) = (Stands::Idle, None, false, None);
    }

    pub fn cancel(&mut self, pace: &Pace) {
        if self.has_job() {
            pace.grant(Work::default());
            let waited = A::IS && mem::take(&mut self.waits);
            let cancelled = self.compartment.with(|tenant| tenant.cancel(waited));
            _ = self.or_abandoned(cancelled, pace);
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
        if A::IS && self.kept.is_some() {
            self.keep(pace.nanos());
        }
        let lent = self.compartment.with(|tenant| {
            tenant.guest.lend(reply, |bytes| with(bytes.get(offset as usize..).unwrap_or_default()))
        });
        Ok(self.or_abandoned(lent, pace)??)
    }

    pub fn log(&mut self, pace: &Pace, room: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32) {
        if !self.compartment.is_loaded() {
            return (None, 0);
        }
        pace.grant(Work::default());
        let told = self.compartment.with(|tenant| tenant.guest.with_state(|state| state.log().tell(room)));
        self.or_abandoned(told, pace).ok().flatten().unwrap_or_default()
    }

    /// Enters in the books that the guest was abandoned, if it was, in what is no part of a job.
    fn or_abandoned<R>(&mut self, done: Result<R, Error>, pace: &Pace) -> Result<R, Error> {
        done.inspect_err(|error| {
            self.ended(Some(*error), pace.nanos());
            self.idle();
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

/// Nanoseconds for which a reply is kept from events, if nobody fetches it, and a request, if nothing more of it comes.
const KEPT: u64 = 5_000_000_000;
