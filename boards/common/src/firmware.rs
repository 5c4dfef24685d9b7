//! What firmware does once the board's clock and UART run.

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    codec::Key,
    link::{Board, Service},
};
use embedded_io::{Read, Write};

use crate::{Bench, Station, serve};

/// Loads a guest and calls it, as the link on `port` says, for ever. `body` is the room for a module, or for a request
/// and its reply; `FRAME` is the longest frame in bytes on the wire.
pub fn run<P, B, H, const FRAME: usize>(board: Board<'_, Station<H>>, body: B, port: P) -> !
where
    P: Read + Write,
    H: Bench,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    defmt::info!(
        "{=str} is up: {} bytes of heap, {} for a module or a request",
        board.name,
        (board.heap)().size,
        body.as_ref().len()
    );
    let service: Service<'_, _, _, _, FRAME> = Service::new(board, Engine::default(), body);
    serve(port, service)
}

/// The key of encrypted frames, which everyone knows: for development only.
pub const DEVELOPMENT_KEY: Key = Key::new(0, {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
});
