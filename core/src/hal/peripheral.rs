//! What a resource can be, behind embedded-hal's traits.

use embedded_hal::{
    delay::DelayNs,
    digital::{self, InputPin, OutputPin, StatefulOutputPin},
    i2c::{self, I2c},
    pwm::{self, SetDutyCycle},
    spi::{self, SpiDevice},
};
use embedded_io::{Read, ReadReady, Write};
use serde::{Deserialize, Serialize};

use super::Code;

/// A piece of hardware, lent for one function of `aingle_hal`. [`Coded`] makes one of whatever a board's crates give.
pub enum Peripheral<'p> {
    /// A pin that the guest drives.
    Output(&'p mut dyn StatefulOutputPin<Error = Code>),
    /// A pin that the guest reads.
    Input(&'p mut dyn InputPin<Error = Code>),
    /// An I2C bus, and the speed at which it is driven, in Hz.
    I2c(&'p mut dyn I2c<Error = Code>, u32),
    /// A device behind a chip select, and the speed of its bus, in Hz.
    Spi(&'p mut dyn SpiDevice<Error = Code>, u32),
    /// Waits.
    Delay(&'p mut dyn DelayNs),
    /// A clock that never goes back.
    Clock(&'p mut dyn Clock),
    /// A PWM channel.
    Pwm(&'p mut dyn SetDutyCycle<Error = Code>),
    /// A pin whose voltage is measured.
    Adc(&'p mut dyn Adc),
    /// A serial port.
    Uart(&'p mut dyn Uart),
}

impl Peripheral<'_> {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Peripheral::Output(_) => Kind::Output,
            Peripheral::Input(_) => Kind::Input,
            Peripheral::I2c(..) => Kind::I2c,
            Peripheral::Spi(..) => Kind::Spi,
            Peripheral::Delay(_) => Kind::Delay,
            Peripheral::Clock(_) => Kind::Clock,
            Peripheral::Pwm(_) => Kind::Pwm,
            Peripheral::Adc(_) => Kind::Adc,
            Peripheral::Uart(_) => Kind::Uart,
        }
    }

    /// Hz of its bus; 0 for what is on none.
    pub(super) const fn hz(&self) -> u32 {
        match self {
            Peripheral::I2c(_, hz) | Peripheral::Spi(_, hz) => *hz,
            _ => 0,
        }
    }
}

/// What a resource is; the numbers are the ABI's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Kind {
    /// A digital output.
    Output,
    /// A digital input.
    Input,
    /// An I2C bus.
    I2c,
    /// A device on an SPI bus.
    Spi,
    /// Something that waits.
    Delay,
    /// A clock.
    Clock,
    /// A PWM channel.
    Pwm,
    /// An analogue input.
    Adc,
    /// A serial port.
    Uart,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Kind; 9] = [
        Kind::Output,
        Kind::Input,
        Kind::I2c,
        Kind::Spi,
        Kind::Delay,
        Kind::Clock,
        Kind::Pwm,
        Kind::Adc,
        Kind::Uart,
    ];

    /// The kind with that number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Its name in files of grants.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Output => "output",
            Kind::Input => "input",
            Kind::I2c => "i2c",
            Kind::Spi => "spi",
            Kind::Delay => "delay",
            Kind::Clock => "clock",
            Kind::Pwm => "pwm",
            Kind::Adc => "adc",
            Kind::Uart => "uart",
        }
    }

    /// Whether it has one owner. Of an I2C bus each address is granted, and time is everyone's.
    pub const fn is_exclusive(self) -> bool {
        !matches!(self, Kind::I2c | Kind::Delay | Kind::Clock)
    }
}

/// A clock that never goes back.
pub trait Clock {
    /// Microseconds since some moment before the guest's start.
    fn micros(&mut self) -> u64;
}

/// A pin whose voltage is measured, which embedded-hal 1.0 has no trait for.
pub trait Adc {
    /// Measures: 0 for no voltage, [`Adc::max`] for the reference voltage.
    ///
    /// # Errors
    /// [`Code::Adc`], [`Code::TimedOut`].
    fn read(&mut self) -> Result<u16, Code>;

    /// The largest value that is read.
    fn max(&self) -> u16;
}

/// A serial port. It waits for the first byte of a read no longer than the board finds right, and then fails with
/// [`Code::TimedOut`].
pub trait Uart: Read<Error = Code> + ReadReady + Write {}

impl<U: Read<Error = Code> + ReadReady + Write> Uart for U {}

/// Turns the errors of a driver into [`Code`]s, so that it can be a [`Peripheral`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Coded<D>(pub D);

impl<D: digital::ErrorType> digital::ErrorType for Coded<D> {
    type Error = Code;
}

impl<D: OutputPin> OutputPin for Coded<D> {
    fn set_low(&mut self) -> Result<(), Code> {
        self.0.set_low().map_err(|_| Code::Pin)
    }

    fn set_high(&mut self) -> Result<(), Code> {
        self.0.set_high().map_err(|_| Code::Pin)
    }
}

impl<D: StatefulOutputPin> StatefulOutputPin for Coded<D> {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        self.0.is_set_high().map_err(|_| Code::Pin)
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        self.0.is_set_low().map_err(|_| Code::Pin)
    }

    fn toggle(&mut self) -> Result<(), Code> {
        self.0.toggle().map_err(|_| Code::Pin)
    }
}

impl<D: InputPin> InputPin for Coded<D> {
    fn is_high(&mut self) -> Result<bool, Code> {
        self.0.is_high().map_err(|_| Code::Pin)
    }

    fn is_low(&mut self) -> Result<bool, Code> {
        self.0.is_low().map_err(|_| Code::Pin)
    }
}

impl<D: i2c::ErrorType> i2c::ErrorType for Coded<D> {
    type Error = Code;
}

impl<D: I2c> I2c for Coded<D> {
    fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), Code> {
        self.0.transaction(address, operations).map_err(|error| i2c::Error::kind(&error).into())
    }
}

impl<D: spi::ErrorType> spi::ErrorType for Coded<D> {
    type Error = Code;
}

impl<D: SpiDevice> SpiDevice for Coded<D> {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Code> {
        self.0.transaction(operations).map_err(|error| spi::Error::kind(&error).into())
    }
}

impl<D: pwm::ErrorType> pwm::ErrorType for Coded<D> {
    type Error = Code;
}

impl<D: SetDutyCycle> SetDutyCycle for Coded<D> {
    fn max_duty_cycle(&self) -> u16 {
        self.0.max_duty_cycle()
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Code> {
        self.0.set_duty_cycle(duty).map_err(|_| Code::Pwm)
    }
}

impl<D: embedded_io::ErrorType> embedded_io::ErrorType for Coded<D> {
    type Error = Code;
}

impl<D: Read> Read for Coded<D> {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Code> {
        self.0.read(room).map_err(|error| embedded_io::Error::kind(&error).into())
    }
}

impl<D: ReadReady> ReadReady for Coded<D> {
    fn read_ready(&mut self) -> Result<bool, Code> {
        self.0.read_ready().map_err(|error| embedded_io::Error::kind(&error).into())
    }
}

impl<D: Write> Write for Coded<D> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
        self.0.write(bytes).map_err(|error| embedded_io::Error::kind(&error).into())
    }

    fn flush(&mut self) -> Result<(), Code> {
        self.0.flush().map_err(|error| embedded_io::Error::kind(&error).into())
    }
}
