//! All that an emulated board is tested by: the words behind `-append` say which part of it is done.
//!
//! | | |
//! |---|---|
//! | `cases`, and no word | the cases of `tests` |
//! | `allocations` | each allocation of what firmware does for a guest fails once |
//! | `bus` | an I2C bus that never answers |
//! | `compartments [NUMBER]` | what would reset a chip, done to guests, of which so many come and go |
//! | `conformance FILE` | the core WebAssembly test suite |
//! | `drivers` | the driver behind each host function panics, faults, and calls itself for ever; what is refused reaches none |
//! | `hostile SECONDS SEED` | damaged modules and frames |
//! | `soak SECONDS SEED` | guests in a random order |
//! | `told` | guests that are told of a flood of events, and abandoned |

use core::fmt::Write as _;

use aingle_wasm_core::link;

pub use super::compartments::Failing;
use super::{
    Console, Done, allocations, arguments, bus, cases, compartments, conformance, drivers, end, exit, told,
    torture,
};

/// Does what the words say and ends the machine. `heap` says how full the host's heap is.
pub fn run(heap: fn() -> link::Heap) -> ! {
    let what = arguments::word(0);
    match what.as_deref().unwrap_or("cases") {
        "cases" => conclude(cases::all(heap)),
        "allocations" => conclude(allocations::all(heap)),
        "bus" => conclude(bus::all()),
        "compartments" => conclude(compartments::all(heap)),
        "conformance" => conclude(conformance::all()),
        "drivers" => conclude(drivers::all(heap)),
        "hostile" => conclude(torture::all(torture::hostile, heap)),
        "soak" => conclude(torture::all(torture::soak, heap)),
        "told" => conclude(told::all()),
        what => {
            // The emulator's exit code says the same when nobody reads the line.
            let _ = writeln!(Console, "there is no `{what}`");
            conclude(Err("nothing was done"))
        }
    }
}

/// Says what a check came to and ends the machine. A machine that was reset ends as one that is done does, and has not said
/// that all is well.
fn conclude(done: Done<&str>) -> ! {
    // The emulator's exit code says the same when nobody reads the line.
    let _ = match done {
        Ok(what) => writeln!(Console, "all is well: {what}"),
        Err(what) => writeln!(Console, "FAILED: {what}"),
    };
    end(if done.is_ok() { exit::DONE } else { exit::FAILED })
}
