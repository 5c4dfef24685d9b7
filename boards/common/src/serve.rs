//! The loop that serves a link.

use aingle_wasm_core::link::{Guests, Service};
use embedded_io::{Read, ReadReady, Write};

use crate::rooms::Pace;

/// Serves what comes over `port`, for ever, and lets guests work meanwhile. Reading may wait for the first byte, and
/// only for that; `pace` feeds the watchdog until it comes, and while an answer goes out.
///
/// A port that fails loses bytes; frames find themselves again, so the loop goes on.
pub fn serve<P, G, const FRAME: usize>(port: P, mut service: Service<'_, G, FRAME>, pace: Pace) -> !
where
    P: Read + ReadReady + Write,
    G: Guests,
{
    let (mut line, mut room) = (Line { port, pace }, [0; CHUNK]);
    let mut busy = false;
    loop {
        if !busy || line.port.read_ready().unwrap_or(true) {
            match line.wait(|port| port.read(&mut room)) {
                Ok(len) => service.receive(&room[..len], |frame| line.send(frame)),
                Err(_) => defmt::warn!("the port lost bytes"),
            }
        }
        busy = service.work(|frame| line.send(frame));
    }
}

struct Line<P> {
    port: P,
    pace: Pace,
}

impl<P: Write> Line<P> {
    fn send(&mut self, frame: &[u8]) {
        if self.wait(|port| port.write_all(frame).and_then(|()| port.flush())).is_err() {
            defmt::warn!("an answer of {} bytes was not sent", frame.len());
        }
    }

    fn wait<R>(&mut self, wait: impl FnOnce(&mut P) -> R) -> R {
        self.pace.rest();
        let done = wait(&mut self.port);
        self.pace.wake();
        done
    }
}

/// Bytes that are taken at once.
const CHUNK: usize = 256;
