//! What compartments withstand: all that would reset a chip is done to a guest, and after each time the host is well and
//! the next guest as good as new. A line for each kind.

#[allow(unsafe_code)]
pub(super) mod failing;
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
use lab::Subject;
pub(super) use lab::{Lab, is_sound};
pub(super) use trouble::deepen;
pub(super) use turns::{abandoned_rooms, pace, rooms};

use super::{Console, Done, arguments, machine};
use crate::compartment::claim;
pub(super) use watch::{TICK_MICROS, ticked};

/// Does everything, with interrupts; says so. `heap` says how full the host's heap is.
pub fn all(heap: fn() -> link::Heap) -> Done<&'static str> {
    let [mut lab, mut neighbour] = Lab::pair(heap);
    machine::tick();
    let abandoned = trouble::all(&mut lab, &mut neighbour)?;
    watch::begin();
    turns::all(heap)?;
    // The exit code says whether all is well when the console cannot.
    let _ = writeln!(Console, "{abandoned} guests abandoned, {} interrupts", watch::ticks());
    ticked_on()?;
    Ok("after all that would reset a chip the host is well, and the next guest as good as new: 0 resets")
}

/// Whether interrupts came.
pub(super) fn ticked_on() -> Done {
    if watch::ticks() == 0 { Err("no interrupt came") } else { Ok(()) }
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
