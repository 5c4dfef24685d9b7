//! Short waits, by the processor's own speed: a chip's clock may have longer steps, or take its time to be read.

use cortex_m::asm;
use embedded_hal::delay::DelayNs;

/// Waits by a Cortex-M4 of so many hertz; half as long again, about, as it is to.
pub struct Cycles(pub u32);

impl DelayNs for Cycles {
    fn delay_ns(&mut self, nanos: u32) {
        let turns = (u64::from(nanos) * u64::from(self.0)).div_ceil(CYCLES_OF_A_TURN * NANOS_PER_SECOND);
        asm::delay(u32::try_from(turns).unwrap_or(u32::MAX));
    }
}

/// Of the loop that waits, which has a turn for each cycle that it is told of: two at least, three unless a processor
/// foresees its branch.
const CYCLES_OF_A_TURN: u64 = 2;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
