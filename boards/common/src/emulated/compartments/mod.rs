//! What compartments withstand: all that would reset a chip is done to a guest, and after each time the host is well and
//! the next guest as good as new. A line for each kind, then an exit code.

#[allow(unsafe_code)]
mod failing;
mod lab;
mod losses;
mod memory;
mod tally;
mod trouble;
mod turns;
mod watch;

use core::fmt::Write as _;

use aingle_wasm_core::{
    host::{Cost, Import},
    link,
};
use aingle_wasm_tests::{IMPORTS, Probe, guests};

pub use failing::Failing;
pub(super) use lab::Lab;
use lab::Subject;
pub(super) use trouble::deepen;
pub(super) use turns::{abandoned_rooms, pace, rooms};

use super::{Console, arguments, end, exit, machine};
use crate::compartment::claim;
pub(super) use watch::ticked;

/// Does everything, with interrupts all the while, and ends the machine. `heap` says how full the host's heap is.
pub fn run(heap: fn() -> link::Heap) -> ! {
    let [mut lab, mut neighbour] = Lab::pair(heap);
    machine::tick();
    let done = trouble::all(&mut lab, &mut neighbour);
    watch::begin();
    let done = done.and_then(|abandoned| turns::all(heap).map(|()| abandoned));
    let ticks = watch::ticks();
    let done = if ticks == 0 { Err("no interrupt came") } else { done };
    // The emulator's exit code says the same when nobody reads the lines.
    let _ = match &done {
        Ok(abandoned) => writeln!(Console, "{abandoned} guests abandoned, {ticks} interrupts, 0 resets"),
        Err(what) => writeln!(Console, "FAILED: {what}"),
    };
    end(if done.is_ok() { exit::DONE } else { exit::FAILED })
}

pub(super) const OURS: Subject = Subject {
    name: "a guest of ours",
    wasm: guests::OURS,
    entry: "ask",
    request: b"hello",
    reply: b"hello",
    imports: IMPORTS,
};

const PREDECESSOR: Subject =
    Subject { name: "a guest like the predecessor's", wasm: guests::PREDECESSOR, ..OURS };

pub(super) const GREET: Subject = Subject {
    name: "a guest of the SDK for C",
    wasm: include_bytes!("../../../../../guest/examples/c/greet.wasm"),
    entry: "greet",
    request: b"you",
    reply: b"Hello, you",
    imports: SDK,
};

pub(super) const SDK: &[Import<Probe>] =
    &[Import::new("__aingle_log", 0, Cost::STANDARD, |_, request, _| {
        // The host's log is locked meanwhile, and told of each guest that is abandoned.
        claim(1024);
        defmt::info!("guest: {=[u8]:a}", request);
        Ok(0)
    })];
