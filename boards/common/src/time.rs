//! A board's clock, for guests.

use aingle_wasm_core::hal::Clock;
use embedded_hal::delay::DelayNs;

/// Waits by a clock, which counts nanoseconds and is `None` where it does not run, and tells what it says.
pub struct Time(pub fn() -> Option<u64>);

impl Time {
    /// At least so long, on a clock of whatever steps: of the one that it begins in it is not known how much is over.
    fn wait(&self, nanos: u64) {
        let clock = self.0;
        let asked = clock();
        let until = loop {
            match (asked, clock()) {
                (Some(asked), Some(now)) if now == asked => {}
                (_, now) => break now.map(|now| now + nanos),
            }
        };
        while clock() < until {}
    }
}

impl DelayNs for Time {
    fn delay_ns(&mut self, nanos: u32) {
        self.wait(nanos.into());
    }

    fn delay_us(&mut self, micros: u32) {
        self.wait(u64::from(micros) * 1000);
    }
}

impl Clock for Time {
    fn micros(&mut self) -> u64 {
        (self.0)().unwrap_or_default() / 1000
    }
}
