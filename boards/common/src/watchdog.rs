//! Keeps a watchdog fed while a guest's engine works: as long as that may take, and no longer.

use core::sync::atomic::{AtomicU32, Ordering};

/// For how many more ticks of a timer the watchdog is fed. The program grants them before it does what takes its time;
/// the timer's interrupt asks whether it may feed. A program that hangs grants nothing more, and the watchdog ends it.
///
/// ```ignore
/// static ALLOWANCE: Allowance = Allowance::new();
///
/// #[interrupt]
/// fn timer() {
///     if ALLOWANCE.tick() {
///         watchdog.feed();
///     }
/// }
/// ```
pub struct Allowance(AtomicU32);

impl Allowance {
    /// None yet.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Has the watchdog fed for `ticks` from now on, whatever was granted before; for [`u32::MAX`] until the next grant.
    pub fn grant(&self, ticks: u32) {
        self.0.store(ticks, Ordering::Relaxed);
    }

    /// Takes a tick; whether there was one left. For the interrupt alone, which nothing else interrupts here.
    pub fn tick(&self) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        if left != u32::MAX {
            self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        }
        left > 0
    }
}
