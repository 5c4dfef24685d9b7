//! AIngle WASM on a Cortex-M4F: loads a guest and calls it, as its link on UART 0 says.
#![no_std]
#![no_main]

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_boards_common::{Heap, Station, serve};
use aingle_wasm_core::{
    codec::Key,
    engine::Limits,
    host,
    link::{Board, Service},
};
use mps2_an386::cmsdk::{Uart, nanos};
use static_cell::ConstStaticCell;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 2048;

/// Room for a module, or for a request and its reply, in bytes.
const BODY: usize = 512 << 10;

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

/// A guest with pages of 64 KiB that grows needs its old and its new memory at once. One that was built for
/// chips needs a hundredth of this.
#[global_allocator]
static HEAP: Heap<{ 4 << 20 }> = Heap::new();

static BODY_ROOM: ConstStaticCell<[u8; BODY]> = ConstStaticCell::new([0; BODY]);

#[cortex_m_rt::entry]
fn main() -> ! {
    let board = Board {
        name: "mps2-an386",
        limits: Limits { module: BODY as u32, memory: 2 << 20, ..Limits::CHIP },
        imports: host::standard(),
        state: || Station::new(nanos),
        heap: || HEAP.stats(),
        nanos,
        keys: &[DEVELOPMENT_KEY],
    };
    defmt::info!(
        "{=str} is up: {} bytes of heap, {} for a module or a request",
        board.name,
        HEAP.stats().size,
        BODY
    );
    let service: Service<'_, _, _, _, FRAME> = Service::new(board, Engine, BODY_ROOM.take());
    serve(Uart::start(), service)
}
