//! Time: waiting, and reading the clock.

use embedded_hal::delay::DelayNs;

use super::{Error, Handle, answer, kind, sys};

/// Something that waits. A wait of more than 10 ms is several of at most that for the host, so that with a grant of
/// 10 ms a driver may wait for as long as it likes. A longer one than was granted ends the run in a trap, since
/// [`DelayNs`] knows no errors.
#[derive(Debug)]
pub struct Delay(Handle);

impl Delay {
    /// What waits, by its name.
    ///
    /// # Errors
    ///
    /// [`Error::NotGranted`], [`Error::NoSuchResource`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::DELAY, name).map(Self)
    }

    fn wait(&mut self, mut nanos: u64) {
        while nanos > PIECE.into() {
            self.wait_once(PIECE);
            nanos -= u64::from(PIECE);
        }
        self.wait_once(nanos as u32);
    }

    fn wait_once(&mut self, nanos: u32) {
        if sys::delay(self.0.0, nanos, 0) < 0 {
            crate::sys::abort();
        }
    }
}

impl DelayNs for Delay {
    fn delay_ns(&mut self, nanos: u32) {
        self.wait(nanos.into());
    }

    fn delay_us(&mut self, micros: u32) {
        self.wait(u64::from(micros) * 1000);
    }

    fn delay_ms(&mut self, millis: u32) {
        self.wait(u64::from(millis) * 1_000_000);
    }
}

/// A clock that never goes back.
#[derive(Debug)]
pub struct Clock(Handle);

impl Clock {
    /// The clock of that name.
    ///
    /// # Errors
    ///
    /// As [`Delay::open`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::CLOCK, name).map(Self)
    }

    /// Microseconds since some moment before the guest's start.
    ///
    /// # Errors
    ///
    /// [`Error::Other`].
    pub fn micros(&mut self) -> Result<u64, Error> {
        let mut bytes = [0; 8];
        answer(sys::clock_read(self.0.0, &mut bytes))?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// Nanoseconds that a host is asked to wait at most: in between it serves its link and its other guests.
const PIECE: u32 = 10_000_000;
