//! What guests of a chip may drive.

use alloc::{boxed::Box, vec::Vec};

use aingle_wasm_core::{
    events::{Happened, MAX_TEXT, What},
    hal::{Clock, Code, Coded, Owners, Peripheral, Resources},
};
use embedded_hal::{
    digital::{InputPin, StatefulOutputPin},
    i2c::I2c,
    pwm::SetDutyCycle,
};

use super::edges::Edges;
use crate::{Bench, shelf::Shelf, time::Time};

/// The parts of a chip that guests may drive, by name: pins, channels, buses, and time, which is always among them as
/// `delay` and `clock`. What drives them is what the chip's library has for embedded-hal.
pub struct Parts {
    list: Vec<(&'static str, Part)>,
    time: Time,
}

enum Part {
    Output(Box<dyn StatefulOutputPin<Error = Code>>),
    Input(Box<dyn InputPin<Error = Code>>, Changes),
    I2c(Box<dyn I2c<Error = Code>>, u32),
    Pwm(Box<dyn SetDutyCycle<Error = Code>>),
    Delay,
    Clock,
}

/// How one knows that a pin changed its level.
enum Changes {
    /// By looking: the level that it had then.
    Polled(Option<bool>),
    /// An interrupt says so.
    Told(&'static Edges),
}

impl Parts {
    /// Time alone.
    #[allow(clippy::new_without_default, reason = "a clock comes later, and only once")]
    pub fn new() -> Self {
        Self { list: [("delay", Part::Delay), ("clock", Part::Clock)].into(), time: Time(|| None) }
    }

    /// With a pin that guests drive.
    pub fn output(self, name: &'static str, pin: impl StatefulOutputPin + 'static) -> Self {
        self.with(name, Part::Output(Box::new(Coded(pin))))
    }

    /// With a pin that guests read. They are told of its edges as far as somebody looks in time: between two slices.
    pub fn input(self, name: &'static str, pin: impl InputPin + 'static) -> Self {
        self.with(name, Part::Input(Box::new(Coded(pin)), Changes::Polled(None)))
    }

    /// With a pin that guests read, whose interrupt fills `edges`.
    pub fn input_with(self, name: &'static str, pin: impl InputPin + 'static, edges: &'static Edges) -> Self {
        self.with(name, Part::Input(Box::new(Coded(pin)), Changes::Told(edges)))
    }

    /// With a bus that is driven at `hz` at most. It must not wait for a device for ever, and say so by
    /// [`Code::TimedOut`], for which embedded-hal has no word.
    pub fn i2c(self, name: &'static str, bus: impl I2c<Error = Code> + 'static, hz: u32) -> Self {
        self.with(name, Part::I2c(Box::new(bus), hz))
    }

    /// With a PWM channel.
    pub fn pwm(self, name: &'static str, channel: impl SetDutyCycle + 'static) -> Self {
        self.with(name, Part::Pwm(Box::new(Coded(channel))))
    }

    /// What happened next to input `number`.
    fn changed(&mut self, number: u8) -> Option<Happened<'static>> {
        let Self { list, time } = self;
        match list.get_mut(usize::from(number))? {
            (_, Part::Input(_, Changes::Told(edges))) => edges.take(),
            (_, Part::Input(pin, Changes::Polled(seen))) => {
                let high = pin.is_high().ok()?;
                let has_changed = seen.replace(high).is_some_and(|before| before != high);
                has_changed.then(|| Happened { micros: time.micros(), what: What::Edge(high), lost: [0; 2] })
            }
            _ => None,
        }
    }

    fn with(mut self, name: &'static str, part: Part) -> Self {
        self.list.push((name, part));
        self
    }

    /// Lends them to guests from now on.
    pub(super) fn install(self, nanos: fn() -> Option<u64>) {
        SHELF.put(Self { time: Time(nanos), ..self });
    }
}

impl Bench for Parts {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        let Some(done) = SHELF.lend(|parts, owners| with(parts, owners)) else {
            panic!("guests come after what they drive")
        };
        done
    }

    fn happened<'r>(number: u8, _room: &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>> {
        SHELF.lend(|parts, _| parts.changed(number))?
    }
}

impl Resources for Parts {
    fn name(&self, number: u8) -> Option<&str> {
        self.list.get(usize::from(number)).map(|(name, _)| *name)
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        let Self { list, time } = self;
        let (_, part) = list.get_mut(usize::from(number))?;
        Some(match part {
            Part::Output(pin) => Peripheral::Output(&mut **pin),
            Part::Input(pin, _) => Peripheral::Input(&mut **pin),
            Part::I2c(bus, hz) => Peripheral::I2c(&mut **bus, *hz),
            Part::Pwm(channel) => Peripheral::Pwm(&mut **channel),
            Part::Delay => Peripheral::Delay(time),
            Part::Clock => Peripheral::Clock(time),
        })
    }
}

static SHELF: Shelf<Parts> = Shelf::new();
