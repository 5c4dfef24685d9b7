//! A bench that a file describes: what the parts answer, what they expect, where they fail.

mod buses;
mod happens;
mod levels;
mod pins;
mod script;
mod time;
mod uart;

use std::collections::BTreeMap;

use aingle_wasm_core::{
    events::{Happened, MAX_TEXT},
    hal::{Kind, MAX_RESOURCES, Peripheral, Resources},
};
use serde::Deserialize;

use self::{
    buses::{I2c, Spi},
    happens::{Change, Course, Happens},
    levels::{Adc, Pwm},
    pins::{Input, Output},
    time::{Delay, Passing, Time},
    uart::Uart,
};
use super::{Terms, parse};

/// The bench.
#[derive(Default)]
pub struct Mock {
    parts: Vec<(String, Part)>,
    pub time: Time,
    pub course: Course,
}

enum Part {
    Output(Output),
    Input(Input),
    I2c(I2c),
    Spi(Spi),
    Delay(Delay),
    Clock(Time),
    Pwm(Pwm),
    Adc(Adc),
    Uart(Uart),
}

/// As people write it: parts by kind and name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Description {
    output: BTreeMap<String, Output>,
    input: BTreeMap<String, Input>,
    i2c: BTreeMap<String, I2c>,
    spi: BTreeMap<String, Spi>,
    pwm: BTreeMap<String, Pwm>,
    adc: BTreeMap<String, Adc>,
    uart: BTreeMap<String, Uart>,
    /// Names of what waits, and of clocks: they share one time, which passes by waiting, and by reading it.
    delay: Vec<String>,
    clock: Vec<String>,
    time: Passing,
    /// What happens by itself.
    event: Vec<Happens>,
    grants: Option<Terms>,
}

impl Mock {
    /// The bench that `text` describes, and what is given of it, if that is said.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn read(text: &str) -> Result<(Self, Option<Terms>), String> {
        let read: Description = parse(text)?;
        let duty =
            read.pwm.iter().find_map(|(name, channel)| Some(format!("pwm.{name}: {}", channel.wrong()?)));
        let measured = read.adc.iter().find_map(|(name, pin)| Some(format!("adc.{name}: {}", pin.wrong()?)));
        duty.or(measured).map_or(Ok(()), Err)?;
        let resting = |name: &str| read.input.get(name).and_then(Input::resting);
        let course = Course::new(read.event, read.time.until, resting)?;
        let time = Time::from(read.time);
        let mut mock = Self { parts: Vec::new(), time: time.clone(), course };
        mock.add(read.output, Part::Output);
        mock.add(read.input, Part::Input);
        mock.add(read.i2c, Part::I2c);
        mock.add(read.spi, Part::Spi);
        mock.add(read.pwm, Part::Pwm);
        mock.add(read.adc, Part::Adc);
        mock.add(read.uart, Part::Uart);
        mock.add(read.delay.into_iter().map(|name| (name, time.clone())), |time| Part::Delay(Delay(time)));
        mock.add(read.clock.into_iter().map(|name| (name, time.clone())), Part::Clock);
        if mock.parts.len() > MAX_RESOURCES {
            return Err(format!("{} parts: a bench has at most {MAX_RESOURCES}", mock.parts.len()));
        }
        Ok((mock, read.grants))
    }

    /// What came otherwise than expected, or did not come; a line for each part and more where two things are compared.
    pub fn unmet(&self) -> Option<String> {
        let unmet = self.parts.iter().filter_map(|(name, part)| match part {
            Part::Output(pin) => pin.trace.unmet().map(|text| format!("output.{name}: {text}")),
            Part::Pwm(channel) => channel.trace.unmet().map(|text| format!("pwm.{name}: {text}")),
            Part::I2c(bus) => bus.script.unmet().map(|text| format!("i2c.{name}: {text}")),
            Part::Spi(device) => device.script.unmet().map(|text| format!("spi.{name}: {text}")),
            Part::Uart(port) => port.unmet().map(|text| format!("uart.{name}: {text}")),
            _ => None,
        });
        let unmet: Vec<_> = unmet.collect();
        (!unmet.is_empty()).then(|| unmet.join("\n"))
    }

    /// What happens next to part `number` by `now`, in microseconds.
    pub fn happened<'r>(
        &mut self,
        number: u8,
        now: u64,
        room: &'r mut [u8; MAX_TEXT],
    ) -> Option<Happened<'r>> {
        let (name, part) = self.parts.get_mut(usize::from(number))?;
        let happens = self.course.take(part.kind(), name, now)?;
        if let (Part::Input(pin), Change::Level(high)) = (part, &happens.what) {
            pin.now = Some(*high);
        }
        Some(happens.happened(room))
    }

    fn add<P>(&mut self, parts: impl IntoIterator<Item = (String, P)>, part: impl Fn(P) -> Part) {
        self.parts.extend(parts.into_iter().map(|(name, described)| (name, part(described))));
    }
}

impl Part {
    fn kind(&self) -> Kind {
        match self {
            Part::Output(_) => Kind::Output,
            Part::Input(_) => Kind::Input,
            Part::I2c(_) => Kind::I2c,
            Part::Spi(_) => Kind::Spi,
            Part::Delay(_) => Kind::Delay,
            Part::Clock(_) => Kind::Clock,
            Part::Pwm(_) => Kind::Pwm,
            Part::Adc(_) => Kind::Adc,
            Part::Uart(_) => Kind::Uart,
        }
    }
}

impl Resources for Mock {
    fn name(&self, number: u8) -> Option<&str> {
        self.parts.get(usize::from(number)).map(|(name, _)| &**name)
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        let (_, part) = self.parts.get_mut(usize::from(number))?;
        Some(match part {
            Part::Output(pin) => Peripheral::Output(pin),
            Part::Input(pin) => Peripheral::Input(pin),
            Part::I2c(bus) => {
                let hz = bus.hz.get();
                Peripheral::I2c(bus, hz)
            }
            Part::Spi(device) => {
                let hz = device.hz.get();
                Peripheral::Spi(device, hz)
            }
            Part::Delay(delay) => Peripheral::Delay(delay),
            Part::Clock(clock) => Peripheral::Clock(clock),
            Part::Pwm(channel) => Peripheral::Pwm(channel),
            Part::Adc(pin) => Peripheral::Adc(pin),
            Part::Uart(port) => Peripheral::Uart(port),
        })
    }
}

/// Values that a guest set, in order, beside those that were expected.
#[derive(Default, Deserialize)]
#[serde(from = "Option<Vec<u16>>")]
struct Trace {
    expected: Option<Vec<u16>>,
    came: Vec<u16>,
}

impl From<Option<Vec<u16>>> for Trace {
    fn from(expected: Option<Vec<u16>>) -> Self {
        Self { expected, came: Vec::new() }
    }
}

impl Trace {
    fn unmet(&self) -> Option<String> {
        let expected = self.expected.as_ref().filter(|expected| **expected != self.came)?;
        Some(format!("\n  expected  {}\n  came      {}", numbers(expected), numbers(&self.came)))
    }
}

fn numbers(values: &[u16]) -> String {
    values.iter().map(u16::to_string).collect::<Vec<_>>().join(" ")
}
