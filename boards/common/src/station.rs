//! What a board keeps for a guest.

use aingle_wasm_core::{
    host::Platform,
    log::{self, Level, Log, Rate},
};

use crate::compartment;

/// The host's state for one guest: its log and the board's clock.
pub struct Station {
    log: Log,
    rate: Rate,
    nanos: fn() -> Option<u64>,
}

impl Station {
    /// The state for a guest that is about to start. `nanos` is the board's clock: nanoseconds since its
    /// start, `None` where there is none.
    pub fn new(nanos: fn() -> Option<u64>) -> Self {
        compartment::claim(LINE);
        defmt::info!("a guest starts");
        Self { log: Log::new(), rate: Rate::new(LINES), nanos }
    }

    /// The same for a guest that may log so many lines a second, and as many at once after a silence, instead of 50.
    /// Others are dropped and counted.
    pub fn with_log_rate(mut self, lines: u32) -> Self {
        self.rate = Rate::new(lines);
        self
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        compartment::claim(LINE);
        defmt::info!("the guest is gone");
    }
}

impl Platform for Station {
    fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    /// Into the log, and at once to whoever watches the board.
    fn line(&mut self, level: Level, text: &[u8]) {
        compartment::claim(LINE);
        let now = self.micros();
        if !self.rate.admits(now) {
            return self.log.miss();
        }
        self.log.push(level, text);
        let text = log::text(text);
        match level {
            Level::Error => defmt::error!("guest: {=str}", text),
            Level::Warn => defmt::warn!("guest: {=str}", text),
            Level::Info => defmt::info!("guest: {=str}", text),
            Level::Debug => defmt::debug!("guest: {=str}", text),
            Level::Trace => defmt::trace!("guest: {=str}", text),
        }
    }

    fn micros(&mut self) -> Option<u64> {
        (self.nanos)().map(|nanos| nanos / 1000)
    }
}

/// Bytes of stack for a line: a line cut short would leave the host's log locked.
const LINE: usize = 1024;

/// Lines that a guest may log in a second, unless its board says otherwise.
const LINES: u32 = 50;
