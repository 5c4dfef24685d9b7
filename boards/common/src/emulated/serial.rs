//! The machine's second UART, for guests: they read it, or are told of its lines.

use core::cell::RefCell;

use aingle_wasm_core::{
    events::{Happened, MAX_QUEUE, MAX_TEXT, What},
    hal::Code,
};
use critical_section::Mutex;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use heapless::Vec;

use super::{machine::Machine, port::nanos};

/// The UART. Nothing is lost there: the emulator holds back what follows the byte that it has.
pub struct Serial(pub Machine);

impl Serial {
    /// Forgets what has come until now.
    pub fn forget(&mut self) {
        // However fast bytes come, this ends.
        for _ in 0..MAX_TEXT * MAX_QUEUE {
            if self.0.next().is_none() {
                break;
            }
        }
        critical_section::with(|section| LINE.borrow_ref_mut(section).clear());
    }

    /// The line that has come, if it has to its end. What has come of it is kept.
    pub fn line<'r>(&mut self, room: &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>> {
        let len = critical_section::with(|section| {
            let line = &mut *LINE.borrow_ref_mut(section);
            while let Some(byte) = self.0.next() {
                if byte != b'\n' {
                    // Of a longer line the beginning counts.
                    _ = line.push(byte);
                    continue;
                }
                let text = line.strip_suffix(b"\r").unwrap_or(line);
                let len = text.len();
                room[..len].copy_from_slice(text);
                line.clear();
                return Some(len);
            }
            None
        })?;
        let micros = nanos().unwrap_or_default() / 1000;
        Some(Happened { micros, what: What::Line(&room[..len]), lost: [0; 2] })
    }
}

impl ErrorType for Serial {
    type Error = Code;
}

impl Read for Serial {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Code> {
        if !room.is_empty() {
            wait(|| self.0.has_next())?;
        }
        let bytes = core::iter::from_fn(|| self.0.next());
        Ok(room.iter_mut().zip(bytes).map(|(place, byte)| *place = byte).count())
    }
}

impl ReadReady for Serial {
    fn read_ready(&mut self) -> Result<bool, Code> {
        Ok(self.0.has_next())
    }
}

impl Write for Serial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
        for (at, &byte) in bytes.iter().enumerate() {
            match self.flush() {
                Ok(()) => self.0.put(byte),
                Err(code) if at == 0 => return Err(code),
                Err(_) => return Ok(at),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Code> {
        wait(|| !self.0.is_full())
    }
}

fn wait(is_ready: impl Fn() -> bool) -> Result<(), Code> {
    let until = nanos().map(|now| now + PATIENCE);
    while !is_ready() {
        if nanos() > until {
            return Err(Code::TimedOut);
        }
    }
    Ok(())
}

/// What has come of the next line.
static LINE: Mutex<RefCell<Vec<u8, MAX_TEXT>>> = Mutex::new(RefCell::new(Vec::new()));

/// Nanoseconds for which a byte is waited for, or for room for one.
const PATIENCE: u64 = 10_000_000;
