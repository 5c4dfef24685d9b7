//! Serial ports.

use std::{
    io::{self, Read as _, Write as _},
    num::NonZeroU32,
    time::Duration,
};

use aingle_wasm_core::hal::Code;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use serde::Deserialize;
use serialport::SerialPort;

/// A serial port, and how long a read or a write may take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    device: String,
    baud: NonZeroU32,
    #[serde(default = "second")]
    timeout_ms: u32,
}

pub struct Uart(Box<dyn SerialPort>);

impl Uart {
    pub fn open(Port { device, baud, timeout_ms }: &Port) -> Result<Self, String> {
        let timeout = Duration::from_millis((*timeout_ms).into());
        let opened = serialport::new(device, baud.get()).timeout(timeout).open();
        opened.map(Self).map_err(|error| format!("cannot open {device}: {error}"))
    }
}

impl ErrorType for Uart {
    type Error = Code;
}

impl Read for Uart {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Code> {
        if room.is_empty() { Ok(0) } else { self.0.read(room).map_err(failed) }
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Code> {
        self.0.bytes_to_read().map(|count| count > 0).map_err(|_| Code::UartOther)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
        self.0.write(bytes).map_err(failed)
    }

    fn flush(&mut self) -> Result<(), Code> {
        self.0.flush().map_err(failed)
    }
}

fn failed(error: io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::TimedOut => Code::TimedOut,
        _ => Code::UartOther,
    }
}

fn second() -> u32 {
    1000
}
