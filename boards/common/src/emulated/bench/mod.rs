//! What guests cost on this board, a line each on the console: a name, then executed instructions or bytes.
//!
//! ```text
//! kernel NAME native | unmetered | metered       metered: in a compartment, as a guest is called
//! load GUEST check | translate | start
//! echo BYTES open | call | seal | all            from envelope in to envelope out
//! compartment enter and leave
//! footprint GUEST heap | stack | both            bytes of the smallest room in which it does its work
//! hardware ACT                                   from a guest, but for the driver's own
//! ```

mod calls;
mod count;
mod engine;
mod footprint;
#[cfg(feature = "parts")]
mod hardware;
mod kernels;
mod loads;

use core::fmt::{self, Write as _};

use aingle_wasm_core::{codec, error::Error, link};
use aingle_wasm_fuel::{Profile, check};
use static_cell::ConstStaticCell;

use self::count::Counter;
use super::{Console, Machine, end, exit, port::Port};
use crate::Room;

/// Measures everything by the clock of `machine` and ends it. `heap` says how full the host's heap is.
pub fn run(machine: Machine, heap: fn() -> link::Heap) -> ! {
    let _port = Port::open(machine);
    let measured = all(heap);
    // The exit code says that something failed when the console cannot say what.
    let _ = match &measured {
        Ok(()) => Ok(()),
        Err(Failure::Wrong(what)) => writeln!(Console, "failed: {what}"),
        Err(Failure::Guest(error)) => writeln!(Console, "failed: {error}"),
        Err(Failure::Link(failure)) => writeln!(Console, "failed: {failure}"),
    };
    end(if measured.is_ok() { exit::DONE } else { exit::FAILED })
}

fn all(heap: fn() -> link::Heap) -> Result<(), Failure> {
    #[allow(unsafe_code)]
    // SAFETY: nothing here keeps what a guest made.
    let [for_kernels, for_calls] = [FOR_KERNELS.take(), FOR_CALLS.take()].map(|room| unsafe { room.open() });
    let counter = Counter::new();
    // First, while nothing has used the heap.
    loads::checks(heap)?;
    loads::all(&counter)?;
    kernels::all(&counter, for_kernels)?;
    calls::all(&counter, for_calls)?;
    #[allow(unsafe_code)]
    // SAFETY: as above.
    footprint::all(unsafe { FOR_FOOTPRINTS.take().open() })?;
    #[cfg(feature = "parts")]
    #[allow(unsafe_code)]
    // SAFETY: as above.
    hardware::all(&counter, unsafe { FOR_HARDWARE.take().open() })?;
    Ok(())
}

/// Whether the check takes `wasm` as a guest.
pub fn is_taken(wasm: &[u8]) -> bool {
    check(wasm, &Profile::DEVICE).is_ok()
}

/// Says a figure.
fn say(name: fmt::Arguments<'_>, number: u64) -> Result<(), Failure> {
    Ok(writeln!(Console, "{name} {number}")?)
}

/// Why nothing was measured.
enum Failure {
    /// What is not as it must be.
    Wrong(&'static str),
    /// How a guest ended.
    Guest(Error),
    /// What guests behind a link refuse.
    Link(link::Failure),
}

impl From<link::Failure> for Failure {
    fn from(failure: link::Failure) -> Self {
        Self::Link(failure)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Guest(error)
    }
}

impl From<wasmi::Error> for Failure {
    fn from(_: wasmi::Error) -> Self {
        Self::Wrong("the engine")
    }
}

impl From<codec::Error> for Failure {
    fn from(_: codec::Error) -> Self {
        Self::Wrong("an envelope")
    }
}

impl From<fmt::Error> for Failure {
    fn from(_: fmt::Error) -> Self {
        Self::Wrong("the console")
    }
}

/// Far more than anything here takes.
const FUEL: u64 = 1_000_000_000;

/// Memory for a guest and its engine.
type Place = ConstStaticCell<Room<{ 64 << 10 }, { 16 << 10 }>>;

static FOR_KERNELS: Place = ConstStaticCell::new(Room::new());
static FOR_CALLS: Place = ConstStaticCell::new(Room::new());
static FOR_FOOTPRINTS: ConstStaticCell<Room<{ 128 << 10 }, { 24 << 10 }>> = ConstStaticCell::new(Room::new());
#[cfg(feature = "parts")]
static FOR_HARDWARE: Place = ConstStaticCell::new(Room::new());
