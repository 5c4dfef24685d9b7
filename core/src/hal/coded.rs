//! Drivers of any crate, with the errors that guests know.

use embedded_hal::{
    digital::{self, InputPin, OutputPin, StatefulOutputPin},
    i2c::{self, I2c},
    pwm::{self, SetDutyCycle},
    spi::{self, SpiDevice},
};
use embedded_io::{Read, ReadReady, Write};

use super::Code;

/// Turns the errors of a driver into [`Code`]s, so that it can be a [`Peripheral`](super::Peripheral).
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
