//! Levels between low and high: PWM channels and voltages.

use embedded_hal::pwm::{ErrorType, SetDutyCycle};

use super::{Error, Handle, answer, kind, sys};

/// A PWM channel.
#[derive(Debug)]
pub struct Pwm {
    handle: Handle,
    max: u16,
}

impl Pwm {
    /// The channel of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotGranted`], [`Error::InUse`] by another guest, [`Error::NoSuchResource`].
    pub fn open(name: &str) -> Result<Self, Error> {
        let handle = Handle::open(kind::PWM, name)?;
        let max = answer(sys::pwm_max(handle.0))? as u16;
        Ok(Self { handle, max })
    }
}

impl ErrorType for Pwm {
    type Error = Error;
}

impl SetDutyCycle for Pwm {
    fn max_duty_cycle(&self) -> u16 {
        self.max
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Error> {
        answer(sys::pwm_set(self.handle.0, duty.into())).map(drop)
    }
}

/// A pin whose voltage is measured, for which embedded-hal 1.0 has no trait.
#[derive(Debug)]
pub struct Adc {
    handle: Handle,
    max: u16,
}

impl Adc {
    /// The pin of that name.
    ///
    /// # Errors
    ///
    /// As [`Pwm::open`].
    pub fn open(name: &str) -> Result<Self, Error> {
        let handle = Handle::open(kind::ADC, name)?;
        let max = answer(sys::adc_max(handle.0))? as u16;
        Ok(Self { handle, max })
    }

    /// Measures: 0 for no voltage, [`Adc::max`] for the reference voltage.
    ///
    /// # Errors
    ///
    /// [`Error::Other`], [`Error::TimedOut`].
    pub fn read(&mut self) -> Result<u16, Error> {
        Ok(answer(sys::adc_read(self.handle.0))? as u16)
    }

    /// The largest value that is read.
    pub fn max(&self) -> u16 {
        self.max
    }
}
