//! Two pins of a chip as the wires of an I2C bus.

use aingle_wasm_core::hal::{WireI2c, Wires};
use embedded_hal::{
    delay::DelayNs,
    digital::{InputPin, OutputPin},
};

use crate::time::Time;

/// Open-drain pins, pulled up. A chip's own peripheral would be faster, but a driver that waits for it for ever, as most
/// do, would stop all guests for one device.
pub struct Pair<C, D> {
    clock: C,
    data: D,
    time: Time,
}

impl<C: InputPin + OutputPin, D: InputPin + OutputPin> Pair<C, D> {
    /// The bus on two pins that are low or let go, by the chip's clock.
    pub fn bus(clock: C, data: D, nanos: fn() -> Option<u64>) -> WireI2c<Self> {
        WireI2c::new(Self { clock, data, time: Time(nanos) })
    }
}

/// Hz of its clock, at most.
pub const HZ: u32 = 500_000_000 / HALF_NANOS;

impl<C: InputPin + OutputPin, D: InputPin + OutputPin> Wires for Pair<C, D> {
    fn set_clock(&mut self, high: bool) {
        set(&mut self.clock, high);
    }

    fn set_data(&mut self, high: bool) {
        set(&mut self.data, high);
    }

    fn clock(&mut self) -> bool {
        self.clock.is_high().unwrap_or_default()
    }

    fn data(&mut self) -> bool {
        self.data.is_high().unwrap_or_default()
    }

    fn pause(&mut self) {
        self.time.delay_ns(HALF_NANOS);
    }
}

/// A pin of a chip has no errors; one that fails is seen as a wire that does not follow.
fn set(pin: &mut impl OutputPin, high: bool) {
    _ = pin.set_state(high.into());
}

/// Of the clock's turn.
const HALF_NANOS: u32 = 5_000;
