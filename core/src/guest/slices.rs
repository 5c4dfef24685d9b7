//! A job in slices of fuel, between which the guest waits.

use super::{Delivery, Guest, Job, Outcome, life::Life};
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
        self.fuel_used = 0;
        self.end_slices();
        let mut left = fuel;
        let (delivery, step) = match *job {
            Job::Call { entry, request, delivery } => {
                // Its type is that of an entry.
                self.entry(entry)?;
                let running = self.running()?;
                let parts = running.parts(request, delivery)?;
                let step = panic::caught(|| {
                    let arguments = within_patience(&mut left, |fuel| running.place(&parts, fuel))?;
                    running.instance.begin(entry, &arguments.map(Value::I32), slice, &mut left)
                });
                (Some(delivery), step)
            }
            Job::Invoke { export, arguments } => {
                let running = self.running()?;
                running.begin_call();
                let begin = || running.instance.begin(export, arguments, slice, &mut left);
                (None, panic::caught(begin))
            }
        };
        self.fuel_used = fuel - left;
        self.turn(step, left, delivery)
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

type PausedOf<E, T> = <<E as Engine<T>>::Instance as Sliced<T>>::Paused;

/// The type of an engine's jobs that wait.
pub type UnderwayOf<E, T> = Underway<PausedOf<E, T>>;

/// The type of an engine's turns.
pub type TurnOf<E, T> = Turn<PausedOf<E, T>>;
