//! A board on a serial port.

use std::{io::Write, time::Duration};

use aingle_wasm_core::link;
use serialport::SerialPort;

use super::{Error, TICK, receive};

/// An open port.
pub struct Serial {
    port: Box<dyn SerialPort>,
    timeout: Duration,
}

impl Serial {
    /// Opens `path` with 8 data bits, no parity, one stop bit.
    ///
    /// # Errors
    /// There is no such port, it is in use, or it is not a serial port.
    pub fn open(path: &str, baud: u32, timeout: Duration) -> serialport::Result<Self> {
        let port = serialport::new(path, baud).timeout(TICK).open()?;
        // Bytes of before the port was opened answer nothing that is asked now.
        port.clear(serialport::ClearBuffer::Input)?;
        Ok(Self { port, timeout })
    }
}

impl link::Wire for Serial {
    type Error = Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        // A port has one time-out for both ways; a slow line needs longer to send than a receive may wait.
        self.port.set_timeout(self.timeout).map_err(std::io::Error::from)?;
        self.port.write_all(bytes)?;
        Ok(self.port.set_timeout(TICK).map_err(std::io::Error::from)?)
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        receive(&mut self.port, room)
    }
}

/// The ports that this machine has.
pub fn ports() -> Vec<String> {
    let ports = serialport::available_ports().unwrap_or_default();
    ports.into_iter().map(|port| port.port_name).collect()
}
