//! What compartments withstand: all that would reset a chip is done to a guest, and after each time the host is well and
//! the next guest as good as new. A line for each kind, then an exit code.

#[allow(unsafe_code)]
mod failing;
mod lab;
mod trouble;

use core::fmt::Write as _;

use aingle_wasm_core::{
    host::{Cost, HostError, Import},
    link,
};
use aingle_wasm_tests::{IMPORTS, Probe, guests};
use static_cell::ConstStaticCell;

pub use failing::Failing;
use lab::{Lab, Subject};

use super::{Console, end, exit, machine};
use crate::Room;

/// Does everything and ends the machine. `heap` says how full the host's heap is.
pub fn run(heap: fn() -> link::Heap) -> ! {
    let mut small = Lab::new(SMALL.take(), heap);
    let mut large = Lab::new(LARGE.take(), heap);
    let done = trouble::all(&mut small, &mut large);
    // The emulator's exit code says the same when nobody reads the lines.
    let _ = match &done {
        Ok(abandoned) => writeln!(Console, "{abandoned} guests abandoned, 0 resets"),
        Err(what) => writeln!(Console, "FAILED: {what}"),
    };
    end(if done.is_ok() { exit::DONE } else { exit::FAILED })
}

static SMALL: ConstStaticCell<Room<{ 64 << 10 }, { 16 << 10 }>> = ConstStaticCell::new(Room::new());
static LARGE: ConstStaticCell<Room<{ 3 << 20 }, { 16 << 10 }>> = ConstStaticCell::new(Room::new());

const OURS: Subject = Subject {
    name: "a guest of ours",
    wasm: guests::OURS,
    entry: "ask",
    request: b"hello",
    reply: b"hello",
    imports: IMPORTS,
};

const PREDECESSOR: Subject =
    Subject { name: "a guest like the predecessor's", wasm: guests::PREDECESSOR, ..OURS };

const GREET: Subject = Subject {
    name: "a guest of the SDK for C",
    wasm: include_bytes!("../../../../../guest/examples/c/greet.wasm"),
    entry: "greet",
    request: b"you",
    reply: b"Hello, you",
    imports: SDK,
};

const SHIPPED: Subject = Subject {
    name: "a guest of the predecessor's SDK",
    wasm: include_bytes!("../../../../../tests/data/predecessor.wasm"),
    entry: "ask",
    request: b"you",
    reply: b"host:you",
    imports: SDK,
};

const SDK: &[Import<Probe>] = &[
    Import::new("__aingle_log", 0, Cost::STANDARD, |_, _, _| Ok(0)),
    Import::new("__my_host_fn", 64, Cost::STANDARD, |_, request, room| {
        let len = request.len() + 5;
        let reply = room.get_mut(..len).ok_or(HostError::TooSmall(len as u32))?;
        reply[..5].copy_from_slice(b"host:");
        reply[5..].copy_from_slice(request);
        Ok(len)
    }),
];
