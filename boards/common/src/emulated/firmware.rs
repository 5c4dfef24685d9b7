//! The firmware of an emulated board.

use aingle_wasm_core::{
    engine::Limits,
    host::{self, Imports},
};
use static_cell::ConstStaticCell;

use super::{
    machine::Machine,
    port::{Port, nanos},
};
use crate::{
    Bench, Room, Rooms, Station,
    bench::Nothing,
    compartment::Region,
    firmware::{self, Engine},
    rooms::{Agenda, Events, Lease, Pace},
};

/// Loads guests and calls them, as the link of `machine` says, for ever. It calls itself `name` there.
///
/// # Panics
/// When it is called twice.
pub fn run(name: &'static str, machine: Machine) -> ! {
    share::<Nothing, ()>(name, machine, host::standard().into(), [|_| Station::new(nanos); 3])
}

/// The same with hardware for guests, and events: what `B` gives.
///
/// # Panics
/// When it is called twice.
pub fn run_with<B: Bench>(name: &'static str, machine: Machine) -> ! {
    let imports = Imports::from(host::standard()).with_hardware();
    let states = [station::<B, 0>, station::<B, 1>, station::<B, 2>];
    share::<B, Events<B>>(name, machine, imports, states)
}

fn station<B: Bench, const GUEST: u8>(wasm: &[u8]) -> Station<B> {
    Station::with_bench(nanos, GUEST, wasm)
}

fn share<B: Bench, A: Agenda>(
    name: &'static str,
    machine: Machine,
    imports: Imports<Station<B>>,
    states: [fn(&[u8]) -> Station<B>; 3],
) -> ! {
    #[allow(unsafe_code)]
    // SAFETY: host functions and `Rooms` keep what they make there in what is there.
    let (large, small) = unsafe { (LARGE.take().open(), SMALL.take().each_mut().map(|room| room.open())) };
    let [second, third] = small;
    let lease = |region: Region, limits, state| Lease { region, limits, imports: imports.clone(), state };
    let leases = [
        lease(large, Limits { module: 512 << 10, memory: 2 << 20 }, states[0]),
        lease(second, SMALL_LIMITS, states[1]),
        lease(third, SMALL_LIMITS, states[2]),
    ];
    let pace = Pace::new(HERTZ, SLICE, nanos);
    let rooms: Rooms<_, _, 3, A> = Rooms::new(Engine::default(), pace, leases);
    firmware::share::<_, _, FRAME>(name, rooms, pace, Port::open(machine))
}

/// Longest frame on the wire, in bytes.
const FRAME: usize = 2048;

/// What a slice is reckoned by: a chip of that many instructions a second, and milliseconds.
const HERTZ: u32 = 64_000_000;
const SLICE: u32 = 1;

/// Bytes of stack for an engine and the host functions that it calls.
const STACK: usize = 24 << 10;

/// For guests with pages of 64 KiB, too: one that grows needs its old and its new memory at once. One that was built for
/// chips needs a hundredth of this.
static LARGE: ConstStaticCell<Room<{ 4 << 20 }, STACK>> = ConstStaticCell::new(Room::new());

/// For guests that were built for chips.
static SMALL: ConstStaticCell<[Room<{ 256 << 10 }, STACK>; 2]> =
    ConstStaticCell::new([const { Room::new() }; 2]);

const SMALL_LIMITS: Limits = Limits { module: 64 << 10, memory: 128 << 10 };
