//! What firmware does once the board's clock and UART run.

pub use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    codec::Key,
    link::{Board, Guests, Service, Single},
};
use embedded_io::{Read, ReadReady, Write};

use crate::{Bench, Station, serve};

/// Loads a guest and calls it, as the link on `port` says, for ever. The board calls itself `name` there. `body` is the
/// room for a module or a request; `FRAME` is the longest frame in bytes on the wire.
pub fn run<P, B, H, const FRAME: usize>(name: &'static str, board: Board<Station<H>>, body: B, port: P) -> !
where
    P: Read + ReadReady + Write,
    H: Bench,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    share::<_, _, FRAME>(name, Single::new(board, Engine::default(), body), port)
}

/// The same for any number of guests.
pub fn share<P, G, const FRAME: usize>(name: &'static str, guests: G, port: P) -> !
where
    P: Read + ReadReady + Write,
    G: Guests,
{
    defmt::info!("{=str} is up, with room for {=u8} guests", name, guests.count());
    let service: Service<'_, _, FRAME> = Service::new(name, KEYS, guests);
    serve(port, service)
}

const KEYS: &[Key] = &[DEVELOPMENT_KEY];

/// The key of encrypted frames, which everyone knows: for development only.
const DEVELOPMENT_KEY: Key = Key::new(0, {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
});
