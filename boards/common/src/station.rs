//! What a board keeps for a guest.

use alloc::boxed::Box;
use core::marker::PhantomData;

use aingle_wasm_core::{
    hal::{Account, Grants, Hal, Hardware, Traced},
    host::Platform,
    log::{self, Level, Log, Rate},
};

use crate::{Bench, bench::Nothing, compartment};

/// The host's state for one guest: its log, the board's clock, and its books of the board's hardware.
pub struct Station<B: Bench = Nothing> {
    kept: Box<Kept>,
    rate: Rate,
    nanos: fn() -> Option<u64>,
    guest: u8,
    /// Whether what the guest does to hardware goes into its log.
    traces: bool,
    bench: PhantomData<B>,
}

/// What is large, apart: a guest's load hands its host's state on by value, and each frame on the way has room for it.
struct Kept {
    log: Log,
    account: Account,
}

impl Station {
    /// The state for a guest that is about to start, on a board without hardware for it. `nanos` is the board's clock:
    /// nanoseconds since its start, `None` where there is none.
    pub fn new(nanos: fn() -> Option<u64>) -> Self {
        Self::with_account(nanos, 0, Account::new(0, Grants::NONE))
    }
}

impl<B: Bench> Station<B> {
    /// The same for guest `guest` of a board, the one in the module `wasm`, who gets what it wants, or is not started when
    /// `B` gives less.
    #[inline(never)]
    pub fn with_bench(nanos: fn() -> Option<u64>, guest: u8, wasm: &[u8]) -> Self {
        compartment::claim(CALL);
        let mut given = B::given();
        given.log_lines.get_or_insert(LINES);
        let account = Account::of(guest, &Grants::of_module(wasm), &given);
        let mut station = Self::with_account(nanos, guest, account);
        station.traces = Traced::is_wanted(wasm);
        station
    }

    fn with_account(nanos: fn() -> Option<u64>, guest: u8, account: Account) -> Self {
        compartment::claim(LINE);
        defmt::info!("a guest starts");
        let rate = Rate::new(account.grants().log_lines.unwrap_or(LINES).into());
        let kept = Box::new(Kept { log: Log::new(), account });
        Self { kept, rate, nanos, guest, traces: false, bench: PhantomData }
    }
}

impl<B: Bench> Hardware for Station<B> {
    fn account(&self) -> &Account {
        &self.kept.account
    }

    fn hal<R>(&mut self, with: impl FnOnce(Hal<'_>) -> R) -> R {
        compartment::claim(CALL);
        let Self { kept, traces, .. } = self;
        let Kept { log, account } = &mut **kept;
        B::lend(|resources, owners| match *traces {
            true => with(Hal { resources: &mut Traced::new(resources, log), owners, account }),
            false => with(Hal { resources, owners, account }),
        })
    }
}

impl<B: Bench> Drop for Station<B> {
    fn drop(&mut self) {
        compartment::claim(LINE);
        let guest = self.guest;
        B::lend(|_, owners| owners.release(guest));
        defmt::info!("the guest is gone");
    }
}

impl<B: Bench> Platform for Station<B> {
    const HEAP: usize = size_of::<Kept>();

    fn log(&mut self) -> &mut Log {
        &mut self.kept.log
    }

    /// Into the log, and at once to whoever watches the board.
    fn line(&mut self, level: Level, text: &[u8]) {
        compartment::claim(LINE);
        let now = self.micros();
        if !self.rate.admits(now) {
            return self.kept.log.miss();
        }
        self.kept.log.push(level, text);
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

    fn gone(guest: u8) {
        B::lend(|_, owners| owners.release(guest));
    }
}

/// Bytes of stack for a line: a line cut short would leave the host's log locked.
const LINE: usize = 1024;

/// Bytes of stack for a call of hardware: a transaction cut short would leave its bus to be cleared by the next one.
const CALL: usize = 1024;

/// Lines that a guest may log in a second, and as many at once after a silence, unless its board gives others; others are
/// dropped and counted.
const LINES: u16 = 50;
