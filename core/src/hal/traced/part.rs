//! A resource whose use is written down.

use embedded_hal::{
    delay::DelayNs,
    digital::{self, InputPin, OutputPin, StatefulOutputPin},
    i2c::{self, I2c},
    pwm::{self, SetDutyCycle},
    spi::{self, SpiDevice},
};
use embedded_io::{Read, ReadReady, Write};

use super::Line;
use crate::{
    hal::{Adc, Clock, Code, Peripheral, Resources},
    log::{Level, Log, MAX_LINE},
};

/// The resource that was asked for last.
pub(super) struct Part<'r> {
    pub resources: &'r mut dyn Resources,
    pub log: &'r mut Log,
    pub number: u8,
    /// The largest value, of a PWM channel or an ADC.
    pub max: u16,
}

/// Does something with the part that it is of that kind.
macro_rules! with {
    ($part:expr, $kind:ident($it:ident $(, $rest:pat)?) => $done:expr) => {
        match $part.resources.peripheral($part.number) {
            Some(Peripheral::$kind($it $(, $rest)?)) => $done,
            _ => Err(Code::NoSuchResource),
        }
    };
}

impl Part<'_> {
    /// A line about it, so far.
    fn line(&mut self) -> Line {
        let mut line = Line::new();
        let kind = self.resources.peripheral(self.number).map(|peripheral| peripheral.kind().name());
        if let Some((kind, name)) = kind.zip(self.resources.name(self.number)) {
            for word in ["@", kind, ".", name] {
                line.push(word);
            }
        }
        line
    }

    /// Writes the line, and how it ended.
    fn end<R>(&mut self, mut line: Line, done: Result<R, Code>) -> Result<R, Code> {
        if let Err(code) = done {
            line.push(" !");
            line.bytes(&[code as u8]);
        }
        if !line.whole {
            // There is room: a line of text is kept so short.
            _ = line.text.push('~');
        }
        self.log.push(Level::Trace, line.text.as_bytes());
        done
    }

    /// Writes a line of one number.
    fn number(&mut self, mark: &str, number: Result<u64, Code>) {
        let mut line = self.line();
        line.push(mark);
        if let Ok(number) = number {
            line.number(number);
        }
        if self.max > 0 {
            line.push("/");
            line.number(self.max.into());
        }
        // The same is told to who asked.
        _ = self.end(line, number);
    }

    /// Writes a line of bytes.
    fn bytes(&mut self, mark: &str, bytes: &[u8], done: Result<usize, Code>) -> Result<usize, Code> {
        let mut line = self.line();
        line.push(mark);
        line.bytes(bytes.get(..done.unwrap_or(0)).unwrap_or_default());
        self.end(line, done)
    }

    fn set(&mut self, high: bool) -> Result<(), Code> {
        let done = with!(self, Output(pin) => pin.set_state(high.into()));
        self.number(" ", done.map(|()| high.into()));
        done
    }
}

impl digital::ErrorType for Part<'_> {
    type Error = Code;
}

impl OutputPin for Part<'_> {
    fn set_low(&mut self) -> Result<(), Code> {
        self.set(false)
    }

    fn set_high(&mut self) -> Result<(), Code> {
        self.set(true)
    }
}

impl StatefulOutputPin for Part<'_> {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        with!(self, Output(pin) => pin.is_set_high())
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        self.is_set_high().map(|high| !high)
    }
}

impl InputPin for Part<'_> {
    fn is_high(&mut self) -> Result<bool, Code> {
        let high = with!(self, Input(pin) => pin.is_high());
        self.number(" r", high.map(u64::from));
        high
    }

    fn is_low(&mut self) -> Result<bool, Code> {
        self.is_high().map(|high| !high)
    }
}

impl i2c::ErrorType for Part<'_> {
    type Error = Code;
}

impl I2c for Part<'_> {
    fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), Code> {
        let mut line = self.line();
        line.push(" ");
        line.bytes(&[address]);
        let done = with!(self, I2c(bus, _) => bus.transaction(address, operations));
        for operation in operations {
            let (mark, bytes) = match operation {
                i2c::Operation::Write(bytes) => (" w", &**bytes),
                i2c::Operation::Read(bytes) => (" r", &**bytes),
            };
            line.push(mark);
            line.bytes(bytes);
        }
        self.end(line, done)
    }
}

impl spi::ErrorType for Part<'_> {
    type Error = Code;
}

impl SpiDevice for Part<'_> {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Code> {
        // What is sent in place is gone afterwards.
        let (mut sent, mut line) = ([0; MAX_LINE / 2], self.line());
        let mut room = &mut sent[..];
        let mut is_whole = true;
        for operation in &*operations {
            if let spi::Operation::TransferInPlace(bytes) = operation {
                match room.split_at_mut_checked(bytes.len()) {
                    Some((place, rest)) => {
                        place.copy_from_slice(bytes);
                        room = rest;
                    }
                    None => {
                        is_whole = false;
                        room = &mut [];
                    }
                }
            }
        }
        let done = with!(self, Spi(device, _) => device.transaction(operations));
        let mut sent = &sent[..];
        for operation in operations {
            let mut pair = |first: &[u8], second: &[u8]| {
                line.push(" t");
                line.bytes(first);
                line.push(":");
                line.bytes(second);
            };
            match operation {
                spi::Operation::Write(bytes) => {
                    line.push(" w");
                    line.bytes(bytes);
                }
                spi::Operation::Read(bytes) => {
                    line.push(" r");
                    line.bytes(bytes);
                }
                spi::Operation::Transfer(received, sent) => pair(sent, received),
                spi::Operation::TransferInPlace(received) => {
                    let (first, rest) = sent.split_at_checked(received.len()).unwrap_or_default();
                    sent = rest;
                    pair(first, received);
                }
                spi::Operation::DelayNs(nanos) => {
                    line.push(" d");
                    line.number(u64::from(*nanos));
                }
            }
        }
        line.whole &= is_whole;
        self.end(line, done)
    }
}

impl DelayNs for Part<'_> {
    fn delay_ns(&mut self, nanos: u32) {
        if let Some(Peripheral::Delay(delay)) = self.resources.peripheral(self.number) {
            delay.delay_ns(nanos);
        }
    }

    fn delay_us(&mut self, micros: u32) {
        if let Some(Peripheral::Delay(delay)) = self.resources.peripheral(self.number) {
            delay.delay_us(micros);
        }
    }
}

impl Clock for Part<'_> {
    fn micros(&mut self) -> u64 {
        let micros = with!(self, Clock(clock) => Ok(clock.micros()));
        self.number(" ", micros);
        micros.unwrap_or_default()
    }
}

impl pwm::ErrorType for Part<'_> {
    type Error = Code;
}

impl SetDutyCycle for Part<'_> {
    fn max_duty_cycle(&self) -> u16 {
        self.max
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Code> {
        let done = with!(self, Pwm(channel) => channel.set_duty_cycle(duty));
        self.number(" ", done.map(|()| duty.into()));
        done
    }
}

impl Adc for Part<'_> {
    fn read(&mut self) -> Result<u16, Code> {
        let value = with!(self, Adc(pin) => pin.read());
        self.number(" ", value.map(u64::from));
        value
    }

    fn max(&self) -> u16 {
        self.max
    }
}

impl embedded_io::ErrorType for Part<'_> {
    type Error = Code;
}

impl Read for Part<'_> {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Code> {
        let done = with!(self, Uart(port) => port.read(room));
        self.bytes(" r", room, done)
    }
}

impl ReadReady for Part<'_> {
    fn read_ready(&mut self) -> Result<bool, Code> {
        with!(self, Uart(port) => port.read_ready())
    }
}

impl Write for Part<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
        let done = with!(self, Uart(port) => port.write(bytes));
        self.bytes(" w", bytes, done)
    }

    fn flush(&mut self) -> Result<(), Code> {
        with!(self, Uart(port) => port.flush())
    }
}
