//! The UART and the clock of the machine, as the link sees them.

use core::{cell::Cell, convert::Infallible};

use critical_section::Mutex;
use embedded_io::{ErrorType, Read, ReadReady, Write};

use super::machine::{Machine, sleep};
use crate::Ring;

/// The link's UART.
///
/// An interrupt moves bytes into a queue as they come. When the queue is full the next byte stays in the
/// UART and the emulator holds back what follows, so none is lost however long a guest runs.
pub struct Port(Machine);

impl Port {
    /// Switches the UART of `machine` on, and [`nanos`].
    pub fn open(machine: Machine) -> Self {
        critical_section::with(|section| MACHINE.borrow(section).set(Some(machine)));
        machine.listen();
        Self(machine)
    }
}

impl ErrorType for Port {
    type Error = Infallible;
}

impl Read for Port {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            // Masked from the look to the sleep, or a byte in between would be slept over. An interrupt ends
            // the sleep although it is masked.
            let len = critical_section::with(|_| {
                RECEIVED.fill(|| self.0.next());
                let len = RECEIVED.drain(room);
                if len == 0 && !room.is_empty() {
                    sleep();
                }
                len
            });
            if len > 0 || room.is_empty() {
                return Ok(len);
            }
        }
    }
}

impl ReadReady for Port {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        RECEIVED.fill(|| self.0.next());
        Ok(!RECEIVED.is_empty())
    }
}

impl Write for Port {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for &byte in bytes {
            self.flush()?;
            self.0.put(byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.0.is_full() {}
        Ok(())
    }
}

/// Nanoseconds since the machine started; `None` while no port is open.
pub fn nanos() -> Option<u64> {
    machine().map(|machine| machine.nanos())
}

/// Takes what has come to `machine`: for the interrupt.
pub(super) fn receive(machine: Machine) {
    RECEIVED.fill(|| machine.next());
}

/// The machine whose port is open.
pub(super) fn machine() -> Option<Machine> {
    critical_section::with(|section| MACHINE.borrow(section).get())
}

static MACHINE: Mutex<Cell<Option<Machine>>> = Mutex::new(Cell::new(None));

/// Bytes that the interrupt took and the program has not.
static RECEIVED: Ring<4096> = Ring::new();
