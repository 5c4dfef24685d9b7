//! What a Linux machine has: pins of its GPIO chips, I2C and SPI devices, serial ports, what the kernel measures and
//! drives, time.

mod bus;
mod files;
mod uart;

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use aingle_wasm_core::hal::{Clock, Code, Coded, Grant, Grants, Kind, Peripheral, Resources};
use embedded_hal::{
    delay::DelayNs,
    digital::{ErrorType, OutputPin, StatefulOutputPin},
};
use linux_embedded_hal::{
    CdevPin, SpidevDevice,
    gpio_cdev::{Chip, LineRequestFlags},
    spidev::{SpiModeFlags, SpidevOptions},
};
use serde::Deserialize;

use self::{
    bus::Bus,
    files::{Adc, Pwm},
    uart::Uart,
};
use super::{Terms, parse};

/// The parts that were opened.
pub struct Linux {
    parts: Vec<(String, Part)>,
}

enum Part {
    Output(Output),
    Input(Coded<CdevPin>),
    I2c(Bus, u32),
    Spi(Coded<SpidevDevice>, u32),
    Pwm(Pwm),
    Adc(Adc),
    Uart(Uart),
    Delay(Sleep),
    Clock(Since),
}

/// As people write it: parts by kind and name.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Description {
    output: BTreeMap<String, Line>,
    input: BTreeMap<String, Line>,
    i2c: BTreeMap<String, Device>,
    spi: BTreeMap<String, Selected>,
    pwm: BTreeMap<String, files::Folder>,
    adc: BTreeMap<String, files::File>,
    uart: BTreeMap<String, uart::Port>,
    delay: Vec<String>,
    clock: Vec<String>,
    grants: Terms,
}

/// A line of a GPIO chip.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    chip: PathBuf,
    line: u32,
}

/// An I2C bus, and the speed at which the kernel drives it, which is set up elsewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    device: PathBuf,
    hz: NonZeroU32,
}

/// A device behind a chip select, and how the kernel is to drive it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selected {
    device: PathBuf,
    hz: NonZeroU32,
    /// Polarity and phase of the clock, 0 to 3.
    #[serde(default)]
    mode: u8,
}

impl Linux {
    /// Opens what `text` describes and gives, and says what that is: what `[grants]` says, and nothing else is touched.
    ///
    /// # Errors
    /// A sentence that names what cannot be read or opened.
    pub fn open(text: &str) -> Result<(Self, Grants), String> {
        let read: Description = parse(text)?;
        let given = read.grants.grants()?;
        let mut linux = Self { parts: Vec::new() };
        linux.add(&given, Kind::Output, read.output, |line| Ok(Part::Output(Output::open(&line)?)))?;
        linux.add(&given, Kind::Input, read.input, |line| {
            Ok(Part::Input(Coded(pin(&line, LineRequestFlags::INPUT)?)))
        })?;
        linux.add(&given, Kind::I2c, read.i2c, |Device { device, hz }| {
            Ok(Part::I2c(Bus::open(&device)?, hz.get()))
        })?;
        linux.add(&given, Kind::Spi, read.spi, |Selected { device, hz, mode }| {
            let mode = SpiModeFlags::from_bits(mode.into()).filter(|_| mode < 4);
            let mode = mode.ok_or("mode is 0 to 3")?;
            let mut spi = SpidevDevice::open(&device).map_err(|error| unopened(&device, error))?;
            let options = SpidevOptions::new().max_speed_hz(hz.get()).mode(mode).build();
            spi.0.configure(&options).map_err(|error| unopened(&device, error))?;
            Ok(Part::Spi(Coded(spi), hz.get()))
        })?;
        linux.add(&given, Kind::Pwm, read.pwm, |folder| Ok(Part::Pwm(Pwm::open(folder)?)))?;
        linux.add(&given, Kind::Adc, read.adc, |file| Ok(Part::Adc(Adc::open(file)?)))?;
        linux.add(&given, Kind::Uart, read.uart, |port| Ok(Part::Uart(Uart::open(&port)?)))?;
        linux.add(&given, Kind::Delay, names(read.delay), |()| Ok(Part::Delay(Sleep)))?;
        let start = Instant::now();
        linux.add(&given, Kind::Clock, names(read.clock), |()| Ok(Part::Clock(Since(start))))?;
        if let Some(Grant { name, right }) = given.iter().find(|grant| !linux.has(grant)) {
            let kind = right.kind().name();
            return Err(format!("[grants] gives {kind}.{name}, which is not described: what device is it?"));
        }
        Ok((linux, given))
    }

    /// Opens those that are given: to open a pin is to drive it.
    fn add<D>(
        &mut self,
        given: &Grants,
        kind: Kind,
        described: impl IntoIterator<Item = (String, D)>,
        open: impl Fn(D) -> Result<Part, String>,
    ) -> Result<(), String> {
        for (name, described) in described {
            if given.iter().any(|grant| grant.right.kind() == kind && grant.name == name.as_str()) {
                let part = open(described).map_err(|error| format!("{name}: {error}"))?;
                self.parts.push((name, part));
            }
        }
        Ok(())
    }

    fn has(&mut self, grant: &Grant) -> bool {
        let kind = grant.right.kind();
        (0..self.parts.len() as u8).any(|number| {
            self.name(number).is_some_and(|name| grant.name == name)
                && self.peripheral(number).is_some_and(|part| part.kind() == kind)
        })
    }
}

impl Resources for Linux {
    fn name(&self, number: u8) -> Option<&str> {
        self.parts.get(usize::from(number)).map(|(name, _)| &**name)
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        let (_, part) = self.parts.get_mut(usize::from(number))?;
        Some(match part {
            Part::Output(pin) => Peripheral::Output(pin),
            Part::Input(pin) => Peripheral::Input(pin),
            Part::I2c(bus, hz) => Peripheral::I2c(bus, *hz),
            Part::Spi(device, hz) => Peripheral::Spi(device, *hz),
            Part::Pwm(channel) => Peripheral::Pwm(channel),
            Part::Adc(pin) => Peripheral::Adc(pin),
            Part::Uart(port) => Peripheral::Uart(port),
            Part::Delay(sleep) => Peripheral::Delay(sleep),
            Part::Clock(start) => Peripheral::Clock(start),
        })
    }
}

/// A pin that remembers its level, since the kernel does not tell.
struct Output {
    pin: Coded<CdevPin>,
    high: bool,
}

impl Output {
    fn open(line: &Line) -> Result<Self, String> {
        Ok(Self { pin: Coded(pin(line, LineRequestFlags::OUTPUT)?), high: false })
    }
}

impl ErrorType for Output {
    type Error = Code;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), Code> {
        self.pin.set_low()?;
        self.high = false;
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Code> {
        self.pin.set_high()?;
        self.high = true;
        Ok(())
    }
}

impl StatefulOutputPin for Output {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        Ok(self.high)
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        Ok(!self.high)
    }
}

/// Waits as the system does, which is never shorter.
struct Sleep;

impl DelayNs for Sleep {
    fn delay_ns(&mut self, nanos: u32) {
        thread::sleep(Duration::from_nanos(nanos.into()));
    }

    fn delay_us(&mut self, micros: u32) {
        thread::sleep(Duration::from_micros(micros.into()));
    }
}

/// Time since it was opened.
struct Since(Instant);

impl Clock for Since {
    fn micros(&mut self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Takes a line for as long as it is held; an output is low at first.
fn pin(Line { chip, line }: &Line, direction: LineRequestFlags) -> Result<CdevPin, String> {
    let opened = Chip::new(chip)
        .and_then(|mut chip| chip.get_line(*line))
        .and_then(|line| line.request(direction, 0, "aingle-wasm"))
        .and_then(CdevPin::new);
    opened.map_err(|error| format!("line {line} of {} cannot be had: {error}", chip.display()))
}

fn names(names: Vec<String>) -> impl Iterator<Item = (String, ())> {
    names.into_iter().map(|name| (name, ()))
}

fn unopened(path: &Path, error: impl std::fmt::Display) -> String {
    format!("cannot open {}: {error}", path.display())
}
