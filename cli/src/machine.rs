//! This machine, as a board's service needs to know it.

use std::{sync::OnceLock, time::Instant};

use aingle_wasm_core::{host::Platform, log::Log};

/// What the host functions of a guest in this process work on.
#[derive(Default)]
pub(crate) struct Machine {
    log: Log,
}

impl Platform for Machine {
    fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    fn micros(&mut self) -> Option<u64> {
        Some(nanos()? / 1000)
    }
}

/// Nanoseconds since this was first asked; there is always a clock here.
pub(crate) fn nanos() -> Option<u64> {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).ok()
}
