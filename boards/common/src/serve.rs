//! The loop that serves a link.

use aingle_wasm_core::{engine::Engine, host::Platform, link::Service};
use embedded_io::{Read, Write};

/// Serves what comes over `port`, for ever. Reading may wait for the first byte, and only for that.
///
/// A port that fails loses bytes; frames find themselves again, so the loop goes on.
pub fn serve<P, E, T, B, const FRAME: usize>(mut port: P, mut service: Service<'_, E, T, B, FRAME>) -> !
where
    P: Read + Write,
    E: Engine<T> + Clone,
    T: Platform,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    let mut room = [0; CHUNK];
    loop {
        let Ok(len) = port.read(&mut room) else {
            defmt::warn!("the port lost bytes");
            continue;
        };
        service.receive(&room[..len], |frame| {
            if port.write_all(frame).and_then(|()| port.flush()).is_err() {
                defmt::warn!("an answer of {} bytes was not sent", frame.len());
            }
        });
    }
}

/// Bytes that are taken at once.
const CHUNK: usize = 256;
