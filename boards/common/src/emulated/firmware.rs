//! The firmware of an emulated board.

use aingle_wasm_core::{engine::Limits, host};
use static_cell::ConstStaticCell;

use super::{
    machine::Machine,
    port::{Port, nanos},
};
use crate::{
    Room, Rooms, Station,
    compartment::Region,
    firmware::{self, Engine},
    rooms::{Lease, Pace},
};

/// Loads guests and calls them, as the link of `machine` says, for ever. It calls itself `name` there.
///
/// # Panics
/// When it is called twice.
pub fn run(name: &'static str, machine: Machine) -> ! {
    #[allow(unsafe_code)]
    // SAFETY: host functions and `Rooms` keep what they make there in what is there.
    let (large, small) = unsafe { (LARGE.take().open(), SMALL.take().each_mut().map(|room| room.open())) };
    let [second, third] = small;
    let leases = [
        lease(large, Limits { module: 512 << 10, memory: 2 << 20 }),
        lease(second, SMALL_LIMITS),
        lease(third, SMALL_LIMITS),
    ];
    let rooms = Rooms::new(Engine::default(), Pace::new(HERTZ, SLICE, nanos), leases);
    firmware::share::<_, _, FRAME>(name, rooms, Port::open(machine))
}

fn lease(region: Region, limits: Limits) -> Lease<Station> {
    Lease { region, limits, imports: host::standard().into(), state: || Station::new(nanos) }
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
