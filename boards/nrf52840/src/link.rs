//! The UART, as the link sees it.

use aingle_wasm_boards_common::hardware::wait;
use embassy_nrf::buffered_uarte::{BufferedUarte, Error};
use embedded_io::{ErrorType, Read, ReadReady, Write};

/// The link's UART. Its driver moves bytes both ways by itself, and has a queue for those that came.
pub struct Link<'d>(pub BufferedUarte<'d>);

impl ErrorType for Link<'_> {
    type Error = Error;
}

impl Read for Link<'_> {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        wait(self.0.read(room))
    }
}

impl ReadReady for Link<'_> {
    fn read_ready(&mut self) -> Result<bool, Error> {
        self.0.read_ready()
    }
}

impl Write for Link<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        wait(self.0.write(bytes))
    }

    fn flush(&mut self) -> Result<(), Error> {
        wait(self.0.flush())
    }
}
