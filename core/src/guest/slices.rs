//! A call in slices of fuel, between which the guest waits.

use super::{Entry, FunctionOf, Guest, Life, Running};
use crate::{
    engine::{Engine, Instance, Sliced, Step},
    error::{CallError, Error},
    panic,
};

/// A call that waits for its next slice.
pub struct Underway<P> {
    paused: P,
    /// Units of the call that are left.
    left: u64,
    born: u32,
}

/// Where a call stands after a slice.
pub enum Turn<P, R> {
    /// The guest has answered.
    Done(R),
    /// It goes on with [`Guest::go_on`].
    Underway(Underway<P>),
}

impl<E: Engine<T, Instance: Sliced<T>>, T: 'static> Guest<E, T> {
    /// As [`Guest::call`], but comes back when `slice` units are used. Of a call that is not done, [`Guest::go_on`]
    /// gives the rest; any other use of the guest ends it, and the guest is then started afresh as after a trap.
    ///
    /// A slice may be exceeded as [`Sliced::begin`] says, and by the guest's allocator, when the request needs it.
    ///
    /// # Errors
    /// As [`Guest::call`].
    pub fn begin<R>(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
        request: &[u8],
        fuel: u64,
        slice: u64,
        reply: impl FnOnce(Result<&[u8], &[u8]>) -> R,
    ) -> Result<TurnOf<E, T, R>, Error> {
        let running = self.ready(entry)?;
        let parts = running.request(request)?;
        let mut left = fuel;
        let step = panic::caught(|| {
            let arguments = running.place(&parts, &mut left)?;
            running.instance.begin(&entry.function, arguments, slice, &mut left)
        });
        self.fuel_used = fuel - left;
        self.turn(step, left, reply)
    }

    /// Goes on with a call for another slice.
    ///
    /// # Errors
    /// As [`Guest::call`]; [`CallError::Ended`] when the guest was used for something else in between.
    pub fn go_on<R>(
        &mut self,
        call: UnderwayOf<E, T>,
        slice: u64,
        reply: impl FnOnce(Result<&[u8], &[u8]>) -> R,
    ) -> Result<TurnOf<E, T, R>, Error> {
        if !self.underway || call.born != self.born {
            return Err(CallError::Ended.into());
        }
        let mut left = call.left;
        let running = self.running()?;
        let step = panic::caught(|| running.instance.resume(call.paused, slice, &mut left));
        self.fuel_used += call.left - left;
        self.turn(step, left, reply)
    }

    /// Ends a call that is under way. The guest is started afresh before its next call.
    pub fn cancel(&mut self, call: UnderwayOf<E, T>) {
        if call.born == self.born {
            self.end_slices();
        }
    }

    fn turn<R>(
        &mut self,
        step: Result<Step<PausedOf<E, T>>, Error>,
        left: u64,
        reply: impl FnOnce(Result<&[u8], &[u8]>) -> R,
    ) -> Result<TurnOf<E, T, R>, Error> {
        self.underway = matches!(step, Ok(Step::Paused(_)));
        let turned = match step {
            Ok(Step::Paused(paused)) => {
                return Ok(Turn::Underway(Underway { paused, left, born: self.born }));
            }
            Ok(Step::Done(packed)) => {
                self.running().and_then(|running: &mut Running<_, _>| Ok(running.answer(packed, reply)?))
            }
            Err(error) => Err(error),
        };
        if let Life::Running(running) = &mut self.life {
            running.instance.ended(self.fuel_used, turned.as_ref().err().copied());
        }
        if turned.is_err() {
            self.end();
        }
        turned.map(Turn::Done)
    }
}

type PausedOf<E, T> = <<E as Engine<T>>::Instance as Sliced<T>>::Paused;

/// The type of an engine's calls that wait.
pub type UnderwayOf<E, T> = Underway<PausedOf<E, T>>;

/// The type of an engine's turns.
pub type TurnOf<E, T, R> = Turn<PausedOf<E, T>, R>;
