//! Why the hardware did not do as a guest asked.

use core::fmt;

use embedded_hal::{
    digital,
    i2c::{self, NoAcknowledgeSource},
    pwm, spi,
};
use embedded_io as io;

use crate::error::codes;

codes! {
    /// Why a function of `aingle_hal` failed. The guest gets the number with its sign turned.
    ///
    /// The first ones are refusals: nothing was touched, and the guest's [`Account`](super::Account) counts them. The
    /// others are what embedded-hal's `ErrorKind`s say.
    Code {
        /// The guest has no grant for the resource, the address, or that much of it.
        NotGranted = 1, "not granted";
        /// Another guest owns the resource.
        InUse = 2, "already in use";
        /// There is no such resource, or the guest did not open it.
        NoSuchResource = 3, "no such resource";
        /// A range lies outside the guest's memory, or overlaps another one.
        Range = 4, "a range that is not the guest's own";
        /// A number that the function does not know.
        Argument = 5, "an argument that makes no sense";
        /// The hardware did not answer in time.
        TimedOut = 6, "timed out";
        /// An electrical or logical fault of the bus.
        I2cBus = 16, "fault of the I2C bus";
        /// Another master took the bus.
        I2cArbitrationLoss = 17, "arbitration of the I2C bus was lost";
        /// Nobody answers at that address.
        I2cNoAddress = 18, "no acknowledgement of the address";
        /// A device refused a byte.
        I2cNoData = 19, "no acknowledgement of data";
        /// Address or byte were not acknowledged.
        I2cNoAcknowledge = 20, "no acknowledgement";
        /// The peripheral was not served in time.
        I2cOverrun = 21, "overrun of the I2C peripheral";
        /// Another fault of I2C.
        I2cOther = 22, "I2C failed";
        /// The peripheral was not served in time.
        SpiOverrun = 32, "overrun of the SPI peripheral";
        /// Another master selected this one.
        SpiModeFault = 33, "another master is on the SPI bus";
        /// A frame that does not conform.
        SpiFrameFormat = 34, "SPI frame of a wrong format";
        /// The chip select could not be driven.
        SpiChipSelect = 35, "fault of the SPI chip select";
        /// Another fault of SPI.
        SpiOther = 36, "SPI failed";
        /// A pin could not be read or driven.
        Pin = 48, "the pin failed";
        /// A duty cycle could not be set.
        Pwm = 49, "the PWM channel failed";
        /// A voltage could not be measured.
        Adc = 50, "the ADC failed";
        /// What came is no data: a wrong parity or frame.
        UartData = 51, "the UART received what is no data";
        /// Another fault of a UART.
        UartOther = 52, "the UART failed";
    }
}

impl Code {
    /// Whether the host refused, before it touched anything.
    pub const fn is_refusal(self) -> bool {
        (self as u8) < Code::TimedOut as u8
    }

    /// Whether `answer`, of a function of `aingle_hal`, is a refusal.
    pub(crate) const fn is_refused(answer: i32) -> bool {
        answer < 0 && answer > Code::TimedOut.to_guest()
    }

    /// What a function of `aingle_hal` returns for it.
    pub const fn to_guest(self) -> i32 {
        -(self as i32)
    }
}

impl From<i2c::ErrorKind> for Code {
    fn from(kind: i2c::ErrorKind) -> Self {
        use i2c::ErrorKind::*;
        match kind {
            Bus => Code::I2cBus,
            ArbitrationLoss => Code::I2cArbitrationLoss,
            NoAcknowledge(NoAcknowledgeSource::Address) => Code::I2cNoAddress,
            NoAcknowledge(NoAcknowledgeSource::Data) => Code::I2cNoData,
            NoAcknowledge(NoAcknowledgeSource::Unknown) => Code::I2cNoAcknowledge,
            Overrun => Code::I2cOverrun,
            _ => Code::I2cOther,
        }
    }
}

impl From<spi::ErrorKind> for Code {
    fn from(kind: spi::ErrorKind) -> Self {
        use spi::ErrorKind::*;
        match kind {
            Overrun => Code::SpiOverrun,
            ModeFault => Code::SpiModeFault,
            FrameFormat => Code::SpiFrameFormat,
            ChipSelectFault => Code::SpiChipSelect,
            _ => Code::SpiOther,
        }
    }
}

impl From<io::ErrorKind> for Code {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::TimedOut => Code::TimedOut,
            io::ErrorKind::InvalidData => Code::UartData,
            _ => Code::UartOther,
        }
    }
}

// So that a driver of a board can fail with a `Code` of its own choice, as with `TimedOut`.

impl i2c::Error for Code {
    fn kind(&self) -> i2c::ErrorKind {
        use i2c::ErrorKind::*;
        match self {
            Code::I2cBus => Bus,
            Code::I2cArbitrationLoss => ArbitrationLoss,
            Code::I2cNoAddress => NoAcknowledge(NoAcknowledgeSource::Address),
            Code::I2cNoData => NoAcknowledge(NoAcknowledgeSource::Data),
            Code::I2cNoAcknowledge => NoAcknowledge(NoAcknowledgeSource::Unknown),
            Code::I2cOverrun => Overrun,
            _ => Other,
        }
    }
}

impl spi::Error for Code {
    fn kind(&self) -> spi::ErrorKind {
        use spi::ErrorKind::*;
        match self {
            Code::SpiOverrun => Overrun,
            Code::SpiModeFault => ModeFault,
            Code::SpiFrameFormat => FrameFormat,
            Code::SpiChipSelect => ChipSelectFault,
            _ => Other,
        }
    }
}

impl digital::Error for Code {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl pwm::Error for Code {
    fn kind(&self) -> pwm::ErrorKind {
        pwm::ErrorKind::Other
    }
}

impl io::Error for Code {
    fn kind(&self) -> io::ErrorKind {
        match self {
            Code::TimedOut => io::ErrorKind::TimedOut,
            Code::UartData => io::ErrorKind::InvalidData,
            _ => io::ErrorKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_embedded_hal_says() {
        let mut known = 0;
        for code in (0..=u8::MAX).filter_map(Code::from_code) {
            known += 1;
            match code as u8 {
                16..=31 => assert_eq!(Code::from(i2c::Error::kind(&code)), code),
                32..=47 => assert_eq!(Code::from(spi::Error::kind(&code)), code),
                51.. => assert_eq!(Code::from(io::Error::kind(&code)), code),
                _ => {}
            }
        }
        assert!(known > 20, "{known} codes are known");
        assert!(Code::Argument.is_refusal() && !Code::TimedOut.is_refusal());
        assert_eq!(Code::InUse.to_guest(), -2);
    }
}
