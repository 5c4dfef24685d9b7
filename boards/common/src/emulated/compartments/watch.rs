//! A clock and a watchdog, made of the timer whose interrupts come while everything is done.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::watchdog::Allowance;

/// For how long the watchdog is fed.
pub static ALLOWANCE: Allowance = Allowance::new();

/// Counts an interrupt, and feeds the watchdog if it may.
pub fn ticked() {
    TICKS.store(ticks().wrapping_add(1), Ordering::Relaxed);
    let hungry = if ALLOWANCE.tick() { 0 } else { HUNGRY.load(Ordering::Relaxed) + 1 };
    HUNGRY.store(hungry, Ordering::Relaxed);
    HUNGRIEST.store(HUNGRIEST.load(Ordering::Relaxed).max(hungry), Ordering::Relaxed);
}

/// Interrupts so far.
pub fn ticks() -> u32 {
    TICKS.load(Ordering::Relaxed)
}

/// Nanoseconds of the emulator's clock.
pub fn nanos() -> Option<u64> {
    Some(u64::from(ticks()) * u64::from(INSTRUCTIONS) * NANOS_PER_INSTRUCTION)
}

/// Forgets what the watchdog did without.
pub fn begin() {
    HUNGRY.store(0, Ordering::Relaxed);
    HUNGRIEST.store(0, Ordering::Relaxed);
}

/// Whether a watchdog with a period of 100 ms on a chip of 64 MHz would still be fed.
pub fn is_alive() -> bool {
    HUNGRIEST.load(Ordering::Relaxed) < PERIOD / INSTRUCTIONS
}

/// An instruction takes so long on the emulator's clock.
pub const NANOS_PER_INSTRUCTION: u64 = 64;

/// Microseconds between two interrupts.
pub const TICK_MICROS: u32 = 80;

/// Instructions between two interrupts.
pub const INSTRUCTIONS: u32 = TICK_MICROS * 1000 / NANOS_PER_INSTRUCTION as u32;

/// Instructions of a chip of 64 MHz in 100 ms.
const PERIOD: u32 = 6_400_000;

static TICKS: AtomicU32 = AtomicU32::new(0);
static HUNGRY: AtomicU32 = AtomicU32::new(0);
static HUNGRIEST: AtomicU32 = AtomicU32::new(0);
