//! Digital pins.

use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};

use super::{Error, Handle, answer, kind, sys};

/// A pin that the guest drives.
#[derive(Debug)]
pub struct Output(Handle);

impl Output {
    /// The pin of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotGranted`], [`Error::InUse`] by another guest, [`Error::NoSuchResource`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::OUTPUT, name).map(Self)
    }
}

impl ErrorType for Output {
    type Error = Error;
}

impl OutputPin for Output {
    #[inline]
    fn set_low(&mut self) -> Result<(), Error> {
        answer(sys::pin_set(self.0.0, 0)).map(drop)
    }

    #[inline]
    fn set_high(&mut self) -> Result<(), Error> {
        answer(sys::pin_set(self.0.0, 1)).map(drop)
    }
}

impl StatefulOutputPin for Output {
    #[inline]
    fn is_set_high(&mut self) -> Result<bool, Error> {
        Ok(answer(sys::pin_read(self.0.0))? != 0)
    }

    fn is_set_low(&mut self) -> Result<bool, Error> {
        Ok(!self.is_set_high()?)
    }

    #[inline]
    fn toggle(&mut self) -> Result<(), Error> {
        answer(sys::pin_set(self.0.0, 2)).map(drop)
    }
}

/// A pin that the guest reads.
#[derive(Debug)]
pub struct Input(Handle);

impl Input {
    /// The pin of that name.
    ///
    /// # Errors
    ///
    /// As [`Output::open`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::INPUT, name).map(Self)
    }
}

impl ErrorType for Input {
    type Error = Error;
}

impl InputPin for Input {
    #[inline]
    fn is_high(&mut self) -> Result<bool, Error> {
        Ok(answer(sys::pin_read(self.0.0))? != 0)
    }

    fn is_low(&mut self) -> Result<bool, Error> {
        Ok(!self.is_high()?)
    }
}
