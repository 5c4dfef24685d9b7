//! What is in a guest's compartment: the guest, its job, and what came for it. Of all this only small answers leave it.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::mem;

use aingle_wasm_core::{
    engine::{Engine, Footprint, Limits, Sliced, Values},
    error::{Abstain, CallError, Error},
    guest::{Delivery, Guest, Job, Outcome, Turn, TurnOf, UnderwayOf},
    host::Imports,
    link::{Failure, LinkError, Run, guests::Part},
};

/// What is in the compartment.
pub(super) struct Tenant<E: Engine<T, Instance: Sliced<T>>, T: 'static> {
    pub guest: Guest<E, T>,
    /// The request that arrives, when it does not go into the guest's inbox.
    body: Vec<u8>,
    job: Option<UnderwayOf<E, T>>,
    waiting: Option<Box<Waiting>>,
}

/// A job that waits until the guest was told of an event.
struct Waiting {
    name: String,
    /// Of an export.
    arguments: Option<Values>,
    delivery: Delivery,
    stored: bool,
    fuel: u64,
}

/// How a slice ended: all of it may leave the compartment.
#[derive(Clone, Copy)]
pub(super) struct Slice {
    /// `None` while the job goes on.
    pub ended: Option<Result<(), Error>>,
    /// What the job took, but for the time; while it goes on, only its fuel.
    pub run: Run,
}

impl<E: Engine<T, Instance: Sliced<T>>, T: 'static> Tenant<E, T> {
    pub fn store(&mut self, Part { total, offset, bytes, .. }: Part<'_>) -> Result<(), Failure> {
        if offset == 0 {
            self.body = Vec::new();
        }
        if self.body.is_empty() && self.guest.place(total, offset, bytes)? {
            return Ok(());
        }
        if offset == 0 {
            self.body.try_reserve_exact(total as usize).map_err(|_| Error::from(Abstain::Memory))?;
        }
        // What came before went with a guest that was abandoned meanwhile, or that did something else with its inbox.
        if self.body.len() != offset as usize {
            return Err(LinkError::BodyIncomplete.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    pub fn begin(
        &mut self,
        job: Job<'_>,
        stored: bool,
        fuel: u64,
        slice: u64,
        outcome: &mut Option<Outcome>,
    ) -> Slice {
        // An event leaves the body alone that arrives for the next job.
        let body = if stored { mem::take(&mut self.body) } else { Vec::new() };
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

    pub fn go_on(&mut self, slice: u64, outcome: &mut Option<Outcome>) -> Slice {
        let Some(job) = self.job.take() else { return Slice::failed(CallError::Ended) };
        let turn = self.guest.go_on(job, slice);
        self.settle(turn, outcome)
    }

    /// Keeps a job for later.
    pub fn wait(&mut self, job: Job<'_>, stored: bool, fuel: u64) {
        let (name, arguments, delivery) = match job {
            Job::Call { entry, delivery, .. } => (entry, None, delivery),
            // A link carries no more of them than these have room for.
            Job::Invoke { export, arguments } => (export, Values::from_slice(arguments).ok(), Delivery::Call),
        };
        self.waiting = Some(Box::new(Waiting { name: name.into(), arguments, delivery, stored, fuel }));
    }

    pub fn begin_waiting(&mut self, slice: u64, outcome: &mut Option<Outcome>) -> Slice {
        let Some(waiting) = self.waiting.take() else { return Slice::failed(CallError::Ended) };
        let Waiting { name, arguments, delivery, stored, fuel } = *waiting;
        let job = match &arguments {
            Some(arguments) => Job::Invoke { export: &name, arguments },
            None => Job::Call { entry: &name, request: &[], delivery },
        };
        self.begin(job, stored, fuel, slice, outcome)
    }

    /// Ends the job, or takes back the one that waited.
    pub fn cancel(&mut self, waited: bool) {
        if waited {
            self.waiting = None;
        } else if let Some(job) = self.job.take() {
            self.guest.cancel(job);
        }
    }

    fn settle(&mut self, turn: Result<TurnOf<E, T>, Error>, outcome: &mut Option<Outcome>) -> Slice {
        let ended = match turn {
            Ok(Turn::Underway(job)) => {
                self.job = Some(job);
                let run = Run { fuel_used: self.guest.fuel_used(), ..Run::default() };
                return Slice { ended: None, run };
            }
            Ok(Turn::Done(done)) => {
                *outcome = Some(done);
                Ok(())
            }
            Err(error) => Err(error),
        };
        Slice { ended: Some(ended), run: Run::of(&mut self.guest, ended.err()) }
    }
}

impl Slice {
    fn failed(error: CallError) -> Self {
        Self { ended: Some(Err(error.into())), run: Run::default() }
    }
}

/// Translates a module whose guest is not certain to find no room. Apart from its caller, whose frame has the host's state
/// in it, as the start is.
#[inline(never)]
pub(super) fn load<E: Engine<T>, T: 'static>(
    engine: &E,
    wasm: &[u8],
    limits: Limits,
    room: Footprint,
) -> Result<E::Module, Error> {
    engine.admit(wasm, limits, room)?;
    engine.load(wasm, limits)
}

#[inline(never)]
pub(super) fn start<E, T>(
    engine: &E,
    module: E::Module,
    imports: &Imports<T>,
    state: T,
) -> Result<Tenant<E, T>, Error>
where
    E: Engine<T, Instance: Sliced<T>> + Clone,
    T: 'static,
{
    let guest = Guest::start(engine.clone(), module, imports.clone(), state)?;
    Ok(Tenant { guest, body: Vec::new(), job: None, waiting: None })
}
