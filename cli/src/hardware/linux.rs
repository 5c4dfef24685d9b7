//! What a Linux machine has: pins of its GPIO chips, I2C and SPI devices, serial ports, what the kernel measures and
//! drives, time.

mod files;
mod uart;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use aingle_wasm_core::hal::{Clock, Code, Coded, Grants, Peripheral, Resources};
use embedded_hal::{
    delay::DelayNs,
    digital::{ErrorType, OutputPin, StatefulOutputPin},
};
use linux_embedded_hal::{
    CdevPin, I2cdev, SpidevDevice,
    gpio_cdev::{Chip, LineRequestFlags},
    spidev::SpidevOptions,
};
use serde::Deserialize;

use self::{
    files::{Adc, Pwm},
    uart::Uart,
};
use super::Terms;

/// The parts that were opened.
pub struct Linux {
    parts: Vec<(String, Part)>,
}

enum Part {
    Output(Output),
    Input(Coded<CdevPin>),
    I2c(Coded<I2cdev>, u32),
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
    spi: BTreeMap<String, Device>,
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

/// A device of a bus, and the speed at which the kernel drives it: of an I2C bus that is set up elsewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    device: PathBuf,
    hz: u32,
}

impl Linux {
    /// Opens what `text` describes, and says what is given of it: nothing but what `[grants]` says.
    ///
    /// # Errors
    /// A sentence that names what cannot be read or opened.
    pub fn open(text: &str) -> Result<(Self, Grants), String> {
        let read: Description = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut linux = Self { parts: Vec::new() };
        linux.add(read.output, |line| Ok(Part::Output(Output::open(&line)?)))?;
        linux.add(read.input, |line| Ok(Part::Input(Coded(pin(&line, LineRequestFlags::INPUT)?))))?;
        linux.add(read.i2c, |Device { device, hz }| {
            let bus = I2cdev::new(&device).map_err(|error| unopened(&device, error))?;
            Ok(Part::I2c(Coded(bus), hz))
        })?;
        linux.add(read.spi, |Device { device, hz }| {
            let mut spi = SpidevDevice::open(&device).map_err(|error| unopened(&device, error))?;
            let options = SpidevOptions::new().max_speed_hz(hz).build();
            spi.0.configure(&options).map_err(|error| unopened(&device, error))?;
            Ok(Part::Spi(Coded(spi), hz))
        })?;
        linux.add(read.pwm, |folder| Ok(Part::Pwm(Pwm::open(folder)?)))?;
        linux.add(read.adc, |file| Ok(Part::Adc(Adc::open(file)?)))?;
        linux.add(read.uart, |port| Ok(Part::Uart(Uart::open(&port)?)))?;
        linux.add(names(read.delay), |()| Ok(Part::Delay(Sleep)))?;
        let start = Instant::now();
        linux.add(names(read.clock), |()| Ok(Part::Clock(Since(start))))?;
        Ok((linux, read.grants.grants()?))
    }

    fn add<D>(
        &mut self,
        described: impl IntoIterator<Item = (String, D)>,
        open: impl Fn(D) -> Result<Part, String>,
    ) -> Result<(), String> {
        for (name, described) in described {
            let part = open(described).map_err(|error| format!("{name}: {error}"))?;
            self.parts.push((name, part));
        }
        Ok(())
    }
}

impl Resources for Linux {
    fn resource(&mut self, number: u8) -> Option<(&str, Peripheral<'_>)> {
        let (name, part) = self.parts.get_mut(usize::from(number))?;
        let peripheral = match part {
            Part::Output(pin) => Peripheral::Output(pin),
            Part::Input(pin) => Peripheral::Input(pin),
            Part::I2c(bus, hz) => Peripheral::I2c(bus, *hz),
            Part::Spi(device, hz) => Peripheral::Spi(device, *hz),
            Part::Pwm(channel) => Peripheral::Pwm(channel),
            Part::Adc(pin) => Peripheral::Adc(pin),
            Part::Uart(port) => Peripheral::Uart(port),
            Part::Delay(sleep) => Peripheral::Delay(sleep),
            Part::Clock(start) => Peripheral::Clock(start),
        };
        Some((name, peripheral))
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
