//! This machine, as a board's service needs to know it.

use std::{cell::RefCell, sync::OnceLock, time::Instant};

use aingle_wasm_core::{
    hal::{Account, Grants, Hal, Hardware, Traced},
    host::Platform,
    log::{Level, Log, Rate},
};

use crate::hardware::{Bench, Fitting};

/// What the host functions of a guest in this process work on.
pub struct Machine {
    log: Log,
    /// Of its log, when that has a limit.
    rate: Option<Rate>,
    /// The guest's number among those that share the bench.
    guest: u8,
    account: Account,
    bench: Bench,
    traces: bool,
}

impl Machine {
    /// For guest `guest` of those on `bench`, which may use what is in `grants`.
    pub fn new(guest: u8, grants: Grants, bench: Bench) -> Self {
        let rate = grants.log_lines.map(|lines| Rate::new(lines.into()));
        Self { log: Log::new(), rate, guest, account: Account::new(guest, grants), bench, traces: false }
    }

    /// The same, with what the guest does to hardware in its log, if who loads `wasm` wants that.
    pub fn tracing(mut self, wasm: &[u8]) -> Self {
        self.traces = Traced::is_wanted(wasm);
        self
    }
}

impl Default for Machine {
    /// A machine without hardware for guests.
    fn default() -> Self {
        Self::new(0, Grants::NONE, Bench::empty())
    }
}

thread_local! {
    /// What the guests of this thread's service get: a service makes their states by a plain function, as a chip can.
    static FITTING: RefCell<Option<Fitting>> = const { RefCell::new(None) };
}

/// Has [`fitted`] give machines with this hardware, on this thread.
pub(crate) fn fit(fitting: Option<Fitting>) {
    FITTING.set(fitting);
}

/// The machine of this thread's guest, the one in `wasm`.
pub(crate) fn fitted(wasm: &[u8]) -> Machine {
    FITTING.with_borrow(|fitting| match fitting {
        Some(Fitting { bench, grants }) => Machine::new(0, grants.clone(), bench.clone()).tracing(wasm),
        None => Machine::default(),
    })
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.bench.release(self.guest);
    }
}

impl Platform for Machine {
    fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    fn line(&mut self, level: Level, text: &[u8]) {
        let now = self.micros();
        match self.rate.as_mut().is_none_or(|rate| rate.admits(now)) {
            true => self.log.push(level, text),
            false => self.log.miss(),
        }
    }

    fn micros(&mut self) -> Option<u64> {
        Some(nanos()? / 1000)
    }
}

impl Hardware for Machine {
    fn account(&self) -> &Account {
        &self.account
    }

    fn hal<R>(&mut self, with: impl FnOnce(Hal<'_>) -> R) -> R {
        let Self { account, log, traces, .. } = self;
        self.bench.lend(account, traces.then_some(log), with)
    }
}

/// Nanoseconds since this was first asked; there is always a clock here.
pub(crate) fn nanos() -> Option<u64> {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).ok()
}
