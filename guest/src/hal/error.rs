//! Why the host's hardware did not do as asked.

use core::fmt;

use embedded_hal::{
    digital,
    i2c::{self, NoAcknowledgeSource},
    pwm, spi,
};
use embedded_io as io;

/// Why the host's hardware did not do as asked. As an entry's error it is words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The guest has no grant for it, or not for that much of it.
    NotGranted,
    /// Another guest owns the resource.
    InUse,
    /// The host has no such resource.
    NoSuchResource,
    /// An argument that the host does not take: a transaction of more operations, bytes or waits than one may have, a
    /// duty cycle above the largest.
    Argument,
    /// The hardware did not answer in time.
    TimedOut,
    /// What an I2C bus says.
    I2c(i2c::ErrorKind),
    /// What an SPI bus says.
    Spi(spi::ErrorKind),
    /// What a UART says.
    Io(io::ErrorKind),
    /// A pin, PWM channel or ADC failed, or the host is newer than this SDK.
    Other,
    /// There is no host: the guest was compiled for the desktop.
    NoHost,
}

impl Error {
    pub(super) fn from_answer(answer: i32) -> Self {
        let no_acknowledge = |source| Error::I2c(i2c::ErrorKind::NoAcknowledge(source));
        match -answer {
            1 => Error::NotGranted,
            2 => Error::InUse,
            3 => Error::NoSuchResource,
            4 | 5 => Error::Argument,
            6 => Error::TimedOut,
            16 => Error::I2c(i2c::ErrorKind::Bus),
            17 => Error::I2c(i2c::ErrorKind::ArbitrationLoss),
            18 => no_acknowledge(NoAcknowledgeSource::Address),
            19 => no_acknowledge(NoAcknowledgeSource::Data),
            20 => no_acknowledge(NoAcknowledgeSource::Unknown),
            21 => Error::I2c(i2c::ErrorKind::Overrun),
            22 => Error::I2c(i2c::ErrorKind::Other),
            32 => Error::Spi(spi::ErrorKind::Overrun),
            33 => Error::Spi(spi::ErrorKind::ModeFault),
            34 => Error::Spi(spi::ErrorKind::FrameFormat),
            35 => Error::Spi(spi::ErrorKind::ChipSelectFault),
            36 => Error::Spi(spi::ErrorKind::Other),
            51 => Error::Io(io::ErrorKind::InvalidData),
            52 => Error::Io(io::ErrorKind::Other),
            crate::sys::hal::NO_HOST => Error::NoHost,
            _ => Error::Other,
        }
    }

    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Error::NotGranted => "not granted",
            Error::InUse => "already in use",
            Error::NoSuchResource => "no such resource",
            Error::Argument => "an argument that the host does not take",
            Error::TimedOut => "timed out",
            Error::I2c(i2c::ErrorKind::NoAcknowledge(_)) => "no acknowledgement on the I2C bus",
            Error::I2c(_) => "the I2C bus failed",
            Error::Spi(_) => "the SPI bus failed",
            Error::Io(_) => "the UART failed",
            Error::Other => "the hardware failed",
            Error::NoHost => "there is no host",
        }
    }
}

impl AsRef<[u8]> for Error {
    fn as_ref(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for Error {}

impl digital::Error for Error {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl pwm::Error for Error {
    fn kind(&self) -> pwm::ErrorKind {
        pwm::ErrorKind::Other
    }
}

impl i2c::Error for Error {
    fn kind(&self) -> i2c::ErrorKind {
        match self {
            Error::I2c(kind) => *kind,
            _ => i2c::ErrorKind::Other,
        }
    }
}

impl spi::Error for Error {
    fn kind(&self) -> spi::ErrorKind {
        match self {
            Error::Spi(kind) => *kind,
            _ => spi::ErrorKind::Other,
        }
    }
}

impl io::Error for Error {
    fn kind(&self) -> io::ErrorKind {
        match self {
            Error::TimedOut => io::ErrorKind::TimedOut,
            Error::Io(kind) => *kind,
            _ => io::ErrorKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use aingle_wasm_core::hal::{Code, Kind};

    use super::*;
    use crate::hal::kind;

    /// What a host says is what the SDK hears: to a driver a code is the same on both sides.
    #[test]
    fn every_code_of_a_host_is_known() {
        let mut known = 0;
        for code in (0..=u8::MAX).filter_map(Code::from_code) {
            known += 1;
            let error = Error::from_answer(code.to_guest());
            let plain = match code {
                Code::NotGranted => Error::NotGranted,
                Code::InUse => Error::InUse,
                Code::NoSuchResource => Error::NoSuchResource,
                Code::Range | Code::Argument => Error::Argument,
                Code::TimedOut => Error::TimedOut,
                Code::Pin | Code::Pwm | Code::Adc => Error::Other,
                _ => error,
            };
            assert_eq!(error, plain, "{code}");
            match code as u8 {
                0..16 | 48..51 => assert!(!matches!(error, Error::I2c(_) | Error::Spi(_) | Error::Io(_))),
                16..32 => assert_eq!(error, Error::I2c(i2c::Error::kind(&code))),
                32..48 => assert_eq!(error, Error::Spi(spi::Error::kind(&code))),
                _ => assert_eq!(error, Error::Io(io::Error::kind(&code))),
            }
        }
        assert_eq!(known, 23);
        assert_eq!(Error::from_answer(-40), Error::Other);
    }

    #[test]
    fn kinds_have_the_numbers_of_a_host() {
        let kinds = [
            kind::OUTPUT,
            kind::INPUT,
            kind::I2C,
            kind::SPI,
            kind::DELAY,
            kind::CLOCK,
            kind::PWM,
            kind::ADC,
            kind::UART,
        ];
        assert_eq!(kinds, Kind::ALL.map(Kind::number));
    }
}
