//! Counting instructions by the clock.

use core::hint::black_box;

use crate::emulated::port;

/// Counts instructions, but for those of the counting.
pub struct Counter {
    /// Nanoseconds that looking at the clock takes.
    look: u64,
}

impl Counter {
    pub fn new() -> Self {
        let looks = || -(now() as i64) + now() as i64;
        // The clock's steps are not the instructions': the mean is closer than one look.
        let sum: i64 = (0..ROUNDS).map(|_| looks()).sum();
        Self { look: sum as u64 / u64::from(ROUNDS) }
    }

    /// Runs something once.
    pub fn count<R>(&self, run: impl FnOnce() -> R) -> (R, u64) {
        let begin = now();
        let result = run();
        let nanos = now() - begin;
        (result, nanos.saturating_sub(self.look) / NANOS_PER_INSTRUCTION)
    }

    /// Runs something many times; answers for one, without the loop around it.
    pub fn mean(&self, mut run: impl FnMut()) -> u64 {
        let mut rounds = |empty: bool| {
            let (_, instructions) = self.count(|| {
                for _ in 0..ROUNDS {
                    if !black_box(empty) {
                        run();
                    }
                }
            });
            instructions
        };
        let [full, empty] = [false, true].map(&mut rounds);
        full.saturating_sub(empty) / u64::from(ROUNDS)
    }
}

#[inline(never)]
fn now() -> u64 {
    port::nanos().unwrap_or_default()
}

const ROUNDS: u32 = 100;

/// As the emulator counts them.
const NANOS_PER_INSTRUCTION: u64 = 64;
