//! The firmware of an emulated board.

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    codec::Key,
    engine::Limits,
    host,
    link::{self, Board, Service, Single},
};
use static_cell::ConstStaticCell;

use super::{
    machine::Machine,
    port::{Port, nanos},
};
use crate::{Station, serve};

/// Loads a guest and calls it, as the link of `machine` says, for ever. It calls itself `name` there, and `heap`
/// says how full the heap is.
///
/// # Panics
/// When it is called twice.
pub fn run(name: &'static str, machine: Machine, heap: fn() -> link::Heap) -> ! {
    let board = Board {
        limits: Limits { module: BODY as u32, memory: 2 << 20 },
        imports: host::standard().into(),
        state: || Station::new(nanos),
        heap,
        nanos,
    };
    defmt::info!("{=str} is up: {} bytes of heap, {} for a module or a request", name, heap().size, BODY);
    let guests = Single::new(board, Engine::default(), BODY_ROOM.take());
    let service: Service<'_, _, FRAME> = Service::new(name, KEYS, guests);
    serve(Port::open(machine), service)
}

/// Longest frame on the wire, in bytes.
const FRAME: usize = 2048;

/// Room for a module, or for a request and its reply, in bytes.
const BODY: usize = 512 << 10;

static BODY_ROOM: ConstStaticCell<[u8; BODY]> = ConstStaticCell::new([0; BODY]);

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
