//! How boards wait: never less than was asked for, on a clock of whatever steps.

use std::cell::Cell;

use embedded_hal::delay::DelayNs;
use libtest_mimic::Failed;

#[path = "../../../boards/common/src/time.rs"]
mod time;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// A clock that counts in steps; to look at it takes a hundred nanoseconds.
fn nanos<const STEP: u64>() -> Option<u64> {
    NOW.set(NOW.get() + 100);
    Some(NOW.get() / STEP * STEP)
}

pub fn a_wait_is_never_too_short() -> Result<(), Failed> {
    for (clock, step) in [(nanos::<1> as fn() -> _, 1), (nanos::<1_000>, 1_000), (nanos::<30_518>, 30_518)] {
        for asked in [1, 100, 5_000, 30_518, 1_000_000] {
            for begins in (0..step).step_by(97) {
                NOW.set(begins);
                time::Time(clock).delay_ns(asked);
                let took = NOW.get() - begins;
                let most = u64::from(asked) + 2 * step + 500;
                if !(u64::from(asked)..most).contains(&took) {
                    return Err(format!("{asked} ns took {took} in steps of {step}").into());
                }
            }
        }
    }
    time::Time(|| None).delay_us(1);
    Ok(())
}
