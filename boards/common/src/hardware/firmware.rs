//! The firmware of a chip that people flash.

use aingle_wasm_core::{
    engine::Limits,
    host::{self, Imports},
};
use embedded_io::{Read, ReadReady, Write};

use super::{Guests, Parts};
use crate::{
    Rooms, Station,
    firmware::{self, Engine},
    rooms::{Events, Lease, Pace},
};

/// What the firmware has to know of a chip.
pub trait Chip: 'static {
    /// What it calls itself on its link.
    const NAME: &'static str;

    /// Instructions a second, about.
    const HERTZ: u32;

    /// Its clock: nanoseconds since its start.
    fn nanos() -> Option<u64>;
}

/// Lends `parts` to guests, loads them and calls them, as the link on `port` says, and tells them of events, for ever. Of
/// its place in `guests` a guest may take half for its memory, and a quarter for a module or a request. `FRAME` is the
/// longest frame in bytes on the wire.
///
/// # Panics
/// When it is called twice, or `guests` are more than three.
pub fn run<C: Chip, const FRAME: usize, const N: usize, const HEAP: usize>(
    guests: &'static Guests<N, HEAP>,
    parts: Parts,
    port: impl Read + ReadReady + Write,
) -> ! {
    parts.install(C::nanos);
    let limits = Limits { module: HEAP as u32 / 4, memory: HEAP as u32 / 2 };
    let imports = Imports::from(host::standard()).with_hardware();
    let mut states = [station::<C, 0>, station::<C, 1>, station::<C, 2>].into_iter();
    let leases = guests.open().map(|region| {
        let Some(state) = states.next() else { panic!("more guests than states for them") };
        Lease { region, limits, imports: imports.clone(), state }
    });
    let pace = Pace::new(C::HERTZ, SLICE, C::nanos);
    let rooms: Rooms<_, _, N, Events<Parts>> = Rooms::new(Engine::default(), pace, leases);
    firmware::share::<_, _, FRAME>(C::NAME, rooms, pace, port)
}

fn station<C: Chip, const GUEST: u8>(wasm: &[u8]) -> Station<Parts> {
    Station::with_bench(C::nanos, GUEST, wasm)
}

/// Milliseconds of a slice. What comes meanwhile, and while a guest waits, has room in a link's queue: a board's is two
/// frames long, and who sends one waits for its answer.
const SLICE: u32 = 4;
