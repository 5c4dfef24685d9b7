//! The firmware of an emulated board.

use aingle_wasm_core::{
    engine::Limits,
    host::{self, Imports},
    link::{self, Board},
};
use static_cell::ConstStaticCell;

use super::{
    machine::Machine,
    port::{Port, nanos},
};
use crate::{Bench, Station, firmware};

/// Loads a guest and calls it, as the link of `machine` says, for ever. It calls itself `name` there, and `heap`
/// says how full the heap is.
///
/// # Panics
/// When it is called twice.
pub fn run(name: &'static str, machine: Machine, heap: fn() -> link::Heap) -> ! {
    serve(name, host::standard().into(), |_| Station::new(nanos), machine, heap)
}

/// The same with hardware for guests: what `B` gives.
///
/// # Panics
/// When it is called twice.
pub fn run_with<B: Bench>(name: &'static str, machine: Machine, heap: fn() -> link::Heap) -> ! {
    let imports = Imports::from(host::standard()).with_hardware();
    serve(name, imports, |wasm| Station::<B>::with_bench(nanos, wasm), machine, heap)
}

fn serve<B: Bench>(
    name: &'static str,
    imports: Imports<Station<B>>,
    state: fn(&[u8]) -> Station<B>,
    machine: Machine,
    heap: fn() -> link::Heap,
) -> ! {
    let board =
        Board { limits: Limits { module: BODY as u32, memory: 2 << 20 }, imports, state, heap, nanos };
    firmware::run::<_, _, _, FRAME>(name, board, BODY_ROOM.take(), Port::open(machine))
}

/// Longest frame on the wire, in bytes.
const FRAME: usize = 2048;

/// Room for a module, or for a request and its reply, in bytes.
const BODY: usize = 512 << 10;

static BODY_ROOM: ConstStaticCell<[u8; BODY]> = ConstStaticCell::new([0; BODY]);
