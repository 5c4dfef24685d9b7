//! A job in slices of fuel, between which the guest waits.

use super::{Delivery, Guest, Job, Outcome, life::Life, running::Running};
use crate::{
    engine::{Engine, Instance, Sliced, Step, Value, Values, within_patience},
    error::{CallError, Error, Fault},
    panic,
};

/// A job that waits for its next slice.
pub struct Underway<P> {
    paused: P,
    /// Units of the job that are left.
    left: u64,
    born: u32,
    /// Of a call; other jobs have none.
    delivery: Option<Delivery>,
}

/// Where a job stands after a slice.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack for a moment; there is no heap to box it on"
)]
pub enum Turn<P> {
    /// The guest is done.
    Done(Outcome),
    /// It goes on with [`Guest::go_on`].
    Underway(Underway<P>),
}

impl<E: Engine<T, Instance: Sliced<T>>, T: 'static> Guest<E, T> {
    /// As [`Guest::perform`], but comes back when `slice` units are used. Of a job that is not done, [`Guest::go_on`]
    /// gives the rest; any other use of the guest ends it, and the guest is then started afresh as after a trap.
    ///
    /// A slice may be exceeded as [`Sliced::begin`] says, and by the guest's allocator, when the request needs it, by
    /// [`ALLOCATOR_FUEL`](crate::engine::ALLOCATOR_FUEL) units at most.
    ///
    /// # Errors
    /// As [`Guest::perform`].
    pub fn begin(&mut self, job: &Job<'_>, fuel: u64, slice: u64) -> Result<TurnOf<E, T>, Error> {
        match *job {
            Job::Call { entry, request, delivery } => {
                self.begin_call(entry, delivery, [fuel, slice], &mut |running, left| {
                    let parts = running.parts(request, delivery)?;
                    within_patience(left, |fuel| running.place(&parts, fuel))
                })
            }
            Job::Invoke { export, arguments } => {
                self.fuel_used = 0;
                self.end_slices();
                let mut left = fuel;
                let running = self.running()?;
                running.begin_call();
                let step = panic::caught(|| running.instance.begin(export, arguments, slice, &mut left));
                self.fuel_used = fuel - left;
                self.turn(step, left, None)
            }
        }
    }

    /// Puts a part of the next request where the guest will find it, so that nothing is copied when it is called.
    /// Parts come in order; the one at offset 0 begins a request of `total` bytes. What the guest answered last may be
    /// gone then. `false` when the request is not for that: the guest has no inbox that is large enough, works on a job
    /// in slices, or did something else since the part before.
    ///
    /// # Errors
    /// As [`Guest::start`], when the guest trapped before.
    pub fn place(&mut self, total: u32, offset: u32, part: &[u8]) -> Result<bool, Error> {
        Ok(!self.underway && self.running()?.put(total, offset, part))
    }

    /// As [`Guest::begin`], with the request that was [placed](Guest::place).
    ///
    /// # Errors
    /// [`CallError::Ended`] when the guest did something else since, or the request is not whole; as [`Guest::begin`].
    pub fn begin_placed(
        &mut self,
        entry: &str,
        delivery: Delivery,
        fuel: u64,
        slice: u64,
    ) -> Result<TurnOf<E, T>, Error> {
        self.begin_call(entry, delivery, [fuel, slice], &mut |running, _| running.placed(delivery))
    }

    fn begin_call(
        &mut self,
        entry: &str,
        delivery: Delivery,
        [fuel, slice]: [u64; 2],
        place: Place<'_, E::Instance, T>,
    ) -> Result<TurnOf<E, T>, Error> {
        self.fuel_used = 0;
        self.end_slices();
        // Its type is that of an entry.
        self.entry(entry)?;
        let mut left = fuel;
        let running = self.running()?;
        let step = panic::caught(|| {
            let arguments = place(running, &mut left)?.map(Value::I32);
            running.instance.begin(entry, &arguments, slice, &mut left)
        });
        self.fuel_used = fuel - left;
        self.turn(step, left, Some(delivery))
    }

    /// Goes on with a job for another slice.
    ///
    /// # Errors
    /// As [`Guest::perform`]; [`CallError::Ended`] when the guest was used for something else in between.
    pub fn go_on(&mut self, job: UnderwayOf<E, T>, slice: u64) -> Result<TurnOf<E, T>, Error> {
        if !self.underway || job.born != self.born {
            return Err(CallError::Ended.into());
        }
        let mut left = job.left;
        let running = self.running()?;
        let step = panic::caught(|| running.instance.resume(job.paused, slice, &mut left));
        self.fuel_used += job.left - left;
        self.turn(step, left, job.delivery)
    }

    /// Ends a job that is under way. The guest is started afresh before its next one.
    pub fn cancel(&mut self, job: UnderwayOf<E, T>) {
        if job.born == self.born {
            self.end_slices();
        }
    }

    fn turn(
        &mut self,
        step: Result<Step<PausedOf<E, T>>, Error>,
        left: u64,
        delivery: Option<Delivery>,
    ) -> Result<TurnOf<E, T>, Error> {
        self.underway = matches!(step, Ok(Step::Paused(_)));
        let done = match step {
            Ok(Step::Paused(paused)) => {
                return Ok(Turn::Underway(Underway { paused, left, born: self.born, delivery }));
            }
            Ok(Step::Done(results)) => self.outcome(results, delivery),
            Err(error) => Err(error),
        };
        // A job that could not be begun is none.
        if !matches!(done, Err(Error::Call(_))) {
            if let Life::Running(running) = &mut self.life {
                running.instance.ended(self.fuel_used, done.as_ref().err().copied());
            }
            if done.is_err() {
                self.end();
            }
        }
        done.map(Turn::Done)
    }

    fn outcome(&mut self, results: Values, delivery: Option<Delivery>) -> Result<Outcome, Error> {
        let Some(delivery) = delivery else { return Ok(Outcome::Returned(results)) };
        let [Value::I64(packed)] = results[..] else { return Err(Fault::ReplyRange.into()) };
        let located = self.running()?.locate(packed, delivery)?;
        Ok(Outcome::Replied(self.reply(located, delivery)))
    }
}

/// What puts a call's request into a running guest, at the cost of the call's fuel.
type Place<'a, I, T> = &'a mut dyn FnMut(&mut Running<I, T>, &mut u64) -> Result<[u32; 2], Error>;

type PausedOf<E, T> = <<E as Engine<T>>::Instance as Sliced<T>>::Paused;

/// The type of an engine's jobs that wait.
pub type UnderwayOf<E, T> = Underway<PausedOf<E, T>>;

/// The type of an engine's turns.
pub type TurnOf<E, T> = Turn<PausedOf<E, T>>;
