//! A clock for chips whose own timers have too few bits: the processor's SysTick, and how often it went round.

use core::cell::Cell;

use cortex_m::peripheral::{SCB, SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use critical_section::Mutex;

/// Starts the clock. The processor runs at `hertz`, which stays as it is; every `round` of its ticks there is an
/// interrupt.
///
/// # Panics
/// When `hertz` is 0, or `round` is not from 2 to [`LONGEST`].
pub fn start(mut timer: SYST, hertz: u32, round: u32) {
    assert!(hertz > 0 && (2..=LONGEST).contains(&round), "a clock ticks, and its counter has 24 bits");
    critical_section::with(|section| HERTZ.borrow(section).set(hertz));
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(round - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Nanoseconds since the clock was started; `None` before.
pub fn nanos() -> Option<u64> {
    let round = SYST::get_reload() + 1;
    // It counts down to 0, says that the round is over, and goes on from the top.
    let ticks = || (round - SYST::get_current()) % round;
    let (rounds, ticks, hertz) = critical_section::with(|section| {
        let (rounds, hertz) = (ROUNDS.borrow(section).get(), HERTZ.borrow(section).get());
        let seen = ticks();
        // A round that ended unseen: the count is of the next only when it is read after that was told.
        match SCB::is_pendst_pending() {
            true => (rounds + 1, ticks(), hertz),
            false => (rounds, seen, hertz),
        }
    });
    let (ticks, hertz) = (rounds * u64::from(round) + u64::from(ticks), u64::from(hertz));
    // Seconds apart: all of it has not room in 64 bits.
    let (seconds, rest) = (ticks.checked_div(hertz)?, ticks % hertz);
    Some(seconds * NANOS_PER_SECOND + rest * NANOS_PER_SECOND / hertz)
}

#[exception]
fn SysTick() {
    critical_section::with(|section| {
        let rounds = ROUNDS.borrow(section);
        rounds.set(rounds.get() + 1);
    });
}

static ROUNDS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

static HERTZ: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

/// Most ticks of a round.
pub const LONGEST: u32 = 1 << 24;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
