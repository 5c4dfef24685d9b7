//! A UART of a chip, as the link sees it.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

use super::sleep;
use crate::Ring;

/// The link's UART: its interrupt fills a queue, and `send` writes bytes and comes back when they are under way.
pub struct Port<'r, S, const N: usize> {
    received: &'r Ring<N>,
    send: S,
}

impl<'r, S: FnMut(&[u8]), const N: usize> Port<'r, S, N> {
    /// The port that reads from `received`.
    pub fn new(received: &'r Ring<N>, send: S) -> Self {
        Self { received, send }
    }
}

impl<S, const N: usize> ErrorType for Port<'_, S, N> {
    type Error = Infallible;
}

impl<S: FnMut(&[u8]), const N: usize> Read for Port<'_, S, N> {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            // Masked from the look to the sleep, or a byte in between would be slept over. An interrupt ends
            // the sleep although it is masked.
            let len = critical_section::with(|_| {
                let len = self.received.drain(room);
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

impl<S, const N: usize> ReadReady for Port<'_, S, N> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.received.is_empty())
    }
}

impl<S: FnMut(&[u8]), const N: usize> Write for Port<'_, S, N> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        (self.send)(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
