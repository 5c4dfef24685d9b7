//! What a resource can be, behind embedded-hal's traits.

use embedded_hal::{
    delay::DelayNs,
    digital::{InputPin, StatefulOutputPin},
    i2c::I2c,
    pwm::SetDutyCycle,
    spi::SpiDevice,
};
use embedded_io::{Read, ReadReady, Write};
use serde::{Deserialize, Serialize};

use super::Code;

/// A piece of hardware, lent for one function of `aingle_hal`. [`Coded`](super::Coded) makes one of whatever a board's crates give.
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
    Output = 0,
    /// A digital input.
    Input = 1,
    /// An I2C bus.
    I2c = 2,
    /// A device on an SPI bus.
    Spi = 3,
    /// Something that waits.
    Delay = 4,
    /// A clock.
    Clock = 5,
    /// A PWM channel.
    Pwm = 6,
    /// An analogue input.
    Adc = 7,
    /// A serial port.
    Uart = 8,
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

    /// The number that stands for it.
    pub const fn number(self) -> u32 {
        self as u32
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind.number()), Some(kind));
            let mut room = [0; 2];
            assert_eq!(postcard::to_slice(&kind, &mut room).unwrap(), [kind.number() as u8]);
        }
        assert_eq!(Kind::from_number(Kind::ALL.len() as u32), None);
        assert_eq!(Kind::from_number(u32::MAX), None);
    }
}
