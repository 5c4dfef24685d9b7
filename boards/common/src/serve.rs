//! The loop that serves a link.

use aingle_wasm_core::link::{Guests, Service};
use embedded_io::{Read, ReadReady, Write};

/// Serves what comes over `port`, for ever, and lets guests work meanwhile. Reading may wait for the first byte, and
/// only for that.
///
/// A port that fails loses bytes; frames find themselves again, so the loop goes on.
pub fn serve<P, G, const FRAME: usize>(mut port: P, mut service: Service<'_, G, FRAME>) -> !
where
    P: Read + ReadReady + Write,
    G: Guests,
{
    let mut room = [0; CHUNK];
    let mut busy = false;
    loop {
        let idle = !busy;
        if idle || port.read_ready().unwrap_or(true) {
            match port.read(&mut room) {
                Ok(len) => service.receive(&room[..len], |frame| send(&mut port, frame)),
                Err(_) => defmt::warn!("the port lost bytes"),
            }
        }
        busy = service.work(|frame| send(&mut port, frame));
    }
}

fn send(port: &mut impl Write, frame: &[u8]) {
    if port.write_all(frame).and_then(|()| port.flush()).is_err() {
        defmt::warn!("an answer of {} bytes was not sent", frame.len());
    }
}

/// Bytes that are taken at once.
const CHUNK: usize = 256;
