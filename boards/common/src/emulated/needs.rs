//! What guests need beside what was predicted of them: a line for each module in a file of the emulator's machine,
//! `-append FILE`.
//!
//! ```text
//! HEAP STACK PREDICTED-HEAP PREDICTED-STACK MEMORY terms…
//! ```

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::{Engine, Needs, terms};
use aingle_wasm_core::{engine::Limits, guest::Guest};
use aingle_wasm_fuel::Counts;
use aingle_wasm_tests::{Probe, guests};
use static_cell::ConstStaticCell;

use super::{Console, end, exit, records};
use crate::{Compartment, Room};

/// Loads every module of the file and ends the machine.
pub fn run() -> ! {
    #[allow(unsafe_code)]
    // SAFETY: nothing here keeps what a guest made.
    let mut compartment = Compartment::<Guest<Engine, Probe>>::new(unsafe { ROOM.take().open() });
    let mut loaded = true;
    let read = records::each(0, |wasm| {
        let load = || Guest::load(Engine::default(), wasm, LIMITS, guests::EVERY_IMPORT, Probe::default());
        let ended = compartment.load(load);
        let region = compartment.region();
        let (heap, stack) = (region.heap_peak(), region.stack_peak());
        let predicted = Needs::of(wasm).unwrap_or_default();
        let counts = Counts::of(wasm).unwrap_or_default();
        // The exit code says the same when nobody reads the lines.
        let _ = match ended {
            Ok(()) => {
                let Needs { heap: more, stack: deeper } = predicted;
                let written = write!(Console, "{heap} {stack} {more} {deeper} {}", counts.memory);
                let each = |term: u32| write!(Console, " {term}");
                written
                    .and_then(|()| terms(&counts).into_iter().try_for_each(each))
                    .and_then(|()| writeln!(Console))
            }
            Err(error) => writeln!(Console, "FAILED: {error}"),
        };
        loaded &= ended.is_ok();
    });
    end(if loaded && read.is_ok() { exit::DONE } else { exit::FAILED })
}

const LIMITS: Limits = Limits { module: 256 << 10, memory: 1 << 20 };

static ROOM: ConstStaticCell<Room<{ 2 << 20 }, { 32 << 10 }>> = ConstStaticCell::new(Room::new());
