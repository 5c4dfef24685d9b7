//! What firmware does once the board's clock and UART run.

pub use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    codec::Key,
    link::{Guests, Service},
};
use embedded_io::{Read, ReadReady, Write};

use crate::{rooms::Pace, serve};

/// Loads guests and calls them, as the link on `port` says and at the board's `pace`, for ever. The board calls itself
/// `name` there; `FRAME` is the longest frame in bytes on the wire.
pub fn share<P, G, const FRAME: usize>(name: &'static str, guests: G, pace: Pace, port: P) -> !
where
    P: Read + ReadReady + Write,
    G: Guests,
{
    defmt::info!("{=str} is up, with room for {=u8} guests", name, guests.count());
    let service: Service<'_, _, FRAME> = Service::new(name, KEYS, guests);
    serve(port, service, pace)
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
