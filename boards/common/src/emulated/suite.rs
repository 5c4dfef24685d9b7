//! All that an emulated board is tested by: the words behind `-append` say which part of it is done.
//!
//! | | |
//! |---|---|
//! | `cases`, and no word | the cases of `tests` |
//! | `bus` | an I2C bus that never answers |
//! | `compartments [NUMBER]` | what would reset a chip, done to guests, of which so many come and go |
//! | `conformance FILE` | the core WebAssembly test suite |
//! | `drivers` | the driver behind each host function panics, faults, and calls itself for ever |
//! | `hostile SECONDS SEED` | damaged modules and frames |
//! | `soak SECONDS SEED` | guests in a random order |
//! | `told` | guests that are told of events, and abandoned |

use core::fmt::Write as _;

use aingle_wasm_core::link;

pub use super::compartments::Failing;
use super::{Console, arguments, bus, cases, compartments, conformance, drivers, end, exit, told, torture};

/// Does what the words say and ends the machine. `heap` says how full the host's heap is.
pub fn run(heap: fn() -> link::Heap) -> ! {
    let what = arguments::word(0);
    match what.as_deref().unwrap_or("cases") {
        "cases" => cases::run(heap),
        "bus" => bus::run(),
        "compartments" => compartments::run(heap),
        "conformance" => conformance::run(),
        "drivers" => drivers::run(heap),
        "hostile" => torture::run(torture::hostile, heap),
        "soak" => torture::run(torture::soak, heap),
        "told" => told::run(),
        what => {
            // The emulator's exit code says the same when nobody reads the line.
            let _ = writeln!(Console, "FAILED: there is no `{what}`");
            end(exit::FAILED)
        }
    }
}
