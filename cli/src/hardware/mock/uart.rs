//! A serial port with something to receive.

use aingle_wasm_core::hal::Code;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use serde::Deserialize;

/// A serial port.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uart {
    /// What comes; after it, reading times out.
    #[serde(default)]
    receive: String,
    /// What is to be sent; anything goes when it is not said.
    expect: Option<String>,
    /// Whatever is done with it fails so.
    fault: Option<Fault>,
    #[serde(skip)]
    read: usize,
    #[serde(skip)]
    sent: Vec<u8>,
}

/// A fault of a serial port.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    TimedOut,
    Data,
    Other,
}

impl Uart {
    pub fn unmet(&self) -> Option<String> {
        let expected = self.expect.as_ref().filter(|expected| expected.as_bytes() != self.sent)?;
        Some(format!("\n  expected  {expected:?}\n  came      {:?}", String::from_utf8_lossy(&self.sent)))
    }

    fn works(&self) -> Result<(), Code> {
        match self.fault {
            None => Ok(()),
            Some(Fault::TimedOut) => Err(Code::TimedOut),
            Some(Fault::Data) => Err(Code::UartData),
            Some(Fault::Other) => Err(Code::UartOther),
        }
    }

    fn rest(&self) -> &[u8] {
        &self.receive.as_bytes()[self.read..]
    }
}

impl ErrorType for Uart {
    type Error = Code;
}

impl Read for Uart {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Code> {
        self.works()?;
        let len = room.len().min(self.rest().len());
        if len == 0 && !room.is_empty() {
            return Err(Code::TimedOut);
        }
        room[..len].copy_from_slice(&self.rest()[..len]);
        self.read += len;
        Ok(len)
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Code> {
        self.works()?;
        Ok(!self.rest().is_empty())
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
        self.works()?;
        self.sent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Code> {
        self.works()
    }
}
