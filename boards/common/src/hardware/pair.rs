//! Two pins of a chip as the wires of an I2C bus.

use aingle_wasm_core::hal::{WireI2c, Wires};
use embedded_hal::{
    delay::DelayNs,
    digital::{InputPin, OutputPin},
};

/// Open-drain pins, pulled up. A chip's own peripheral would be faster, but a driver that waits for it for ever, as most
/// do, would stop all guests for one device.
pub struct Pair<C, D, T> {
    clock: C,
    data: D,
    time: T,
}

impl<C: InputPin + OutputPin, D: InputPin + OutputPin, T: DelayNs> Pair<C, D, T> {
    /// The bus on two pins that are low or let go; both are let go now. `time` waits for half a turn of its clock, 5 µs, or
    /// more.
    pub fn bus(clock: C, data: D, time: T) -> WireI2c<Self> {
        let mut wires = Self { clock, data, time };
        wires.set_clock(true);
        wires.set_data(true);
        WireI2c::new(wires)
    }
}

/// Hz of its clock, at most.
pub const HZ: u32 = 500_000_000 / HALF_NANOS;

impl<C: InputPin + OutputPin, D: InputPin + OutputPin, T: DelayNs> Wires for Pair<C, D, T> {
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
