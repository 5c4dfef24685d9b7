//! Serial ports.

use embedded_io::{ErrorType, Read, ReadReady, Write};

use super::{Error, Handle, answer, kind, sys};

/// A serial port. A read waits for its first byte, until the host finds that it took too long.
#[derive(Debug)]
pub struct Uart(Handle);

impl Uart {
    /// The port of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotGranted`], [`Error::InUse`] by another guest, [`Error::NoSuchResource`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::UART, name).map(Self)
    }
}

impl ErrorType for Uart {
    type Error = Error;
}

impl Read for Uart {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        // The host may answer with any number.
        Ok((answer(sys::uart_read(self.0.0, room))? as usize).min(room.len()))
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Error> {
        Ok(answer(sys::uart_ready(self.0.0))? != 0)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        Ok((answer(sys::uart_write(self.0.0, bytes))? as usize).min(bytes.len()))
    }

    fn flush(&mut self) -> Result<(), Error> {
        answer(sys::uart_flush(self.0.0)).map(drop)
    }
}
