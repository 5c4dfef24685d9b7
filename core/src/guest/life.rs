//! From one start of a guest to the next: after a run that failed it is started afresh.

use core::{
    mem,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Entry, FunctionOf, Guest, Running};
use crate::{
    engine::{Engine, Instance},
    error::{CallError, Error},
    host::Host,
    panic,
};

pub(super) enum Life<I: Instance<T>, T: 'static> {
    Running(Running<I, T>),
    /// A run trapped; the host's side waits for the next start.
    Ended(Host<T>),
    /// The next start failed and took the host's side with it.
    Lost,
}

impl<E: Engine<T>, T: 'static> Guest<E, T> {
    /// The running instance, ready for a call of `entry`, and where its fuel is to be noted.
    #[inline]
    pub(super) fn ready(
        &mut self,
        entry: &mut Entry<'_, FunctionOf<E, T>>,
    ) -> Result<(&mut Running<E::Instance, T>, &mut u64), Error> {
        self.fuel_used = 0;
        if self.underway || entry.born != self.born || !matches!(self.life, Life::Running(_)) {
            self.make_ready(entry)?;
        }
        match &mut self.life {
            Life::Running(running) => Ok((running, &mut self.fuel_used)),
            _ => Err(CallError::Lost.into()),
        }
    }

    #[cold]
    fn make_ready(&mut self, entry: &mut Entry<'_, FunctionOf<E, T>>) -> Result<(), Error> {
        self.end_slices();
        self.running()?;
        if entry.born != self.born {
            *entry = self.entry(entry.name)?;
        }
        Ok(())
    }

    /// A call in slices that did not end is one that nobody goes on with.
    pub(super) fn end_slices(&mut self) {
        if self.underway {
            self.end();
        }
    }

    pub(super) fn end(&mut self) {
        self.underway = false;
        self.life = match mem::replace(&mut self.life, Life::Lost) {
            Life::Running(running) => Life::Ended(running.instance.into_host()),
            other => other,
        };
    }

    /// The running instance, started afresh when the last one ended.
    pub(super) fn running(&mut self) -> Result<&mut Running<E::Instance, T>, Error> {
        if matches!(self.life, Life::Ended(_))
            && let Life::Ended(host) = mem::replace(&mut self.life, Life::Lost)
        {
            let start = || Running::start(&self.engine, &self.module, &self.imports, host);
            self.life = Life::Running(panic::caught(start)?);
            self.born = birth();
        }
        match &mut self.life {
            Life::Running(running) => Ok(running),
            _ => Err(CallError::Lost.into()),
        }
    }
}

/// A number that no other life has. A chip without compare-and-swap has one thread that loads guests.
pub(super) fn birth() -> u32 {
    static BORN: AtomicU32 = AtomicU32::new(0);
    #[cfg(target_has_atomic = "32")]
    return BORN.fetch_add(1, Ordering::Relaxed);
    #[cfg(not(target_has_atomic = "32"))]
    {
        let born = BORN.load(Ordering::Relaxed);
        BORN.store(born.wrapping_add(1), Ordering::Relaxed);
        born
    }
}
