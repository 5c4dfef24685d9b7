//! What guests need beside what was predicted of them: a line for each module in a file of the emulator's machine,
//! `-append FILE`. Before each module the file has what was predicted: heap while it is translated, heap once it has
//! started, stack.
//!
//! ```text
//! TRANSLATED STARTED STACK COUNTED-HEAP COUNTED-STACK MEMORY terms…
//! ```

use core::fmt::{self, Write as _};

use aingle_wasm_backend_wasmi::{Engine, Module, needs, terms};
use aingle_wasm_core::{
    engine::{self, Footprint, Limits},
    error::Error,
    guest::Guest,
};
use aingle_wasm_fuel::Counts;
use aingle_wasm_tests::{Probe, guests};
use static_cell::ConstStaticCell;

use super::{Console, end, exit, records};
use crate::{Compartment, Room};

/// Loads every module of the file, in much room and then in as much as was predicted and a tenth, and ends the machine.
pub fn run() -> ! {
    #[allow(unsafe_code)]
    // SAFETY: nothing here keeps what a guest made.
    let mut place = Compartment::<Tenant>::new(unsafe { ROOM.take().open() });
    let mut well = true;
    let read = records::each(0, |record| {
        let Some((predicted, wasm)) = record.split_first_chunk::<12>() else { return well = false };
        // The exit code says the same when nobody reads the lines.
        let _ = match measure(&mut place, wasm).and_then(|measured| {
            fits(&mut place, wasm, *predicted)?;
            Ok(measured)
        }) {
            Ok(measured) => say(wasm, measured),
            Err(error) => {
                well = false;
                writeln!(Console, "FAILED: {error}, a module of {} bytes", wasm.len())
            }
        };
    });
    end(if well && read.is_ok() { exit::DONE } else { exit::FAILED })
}

/// Heap while it is translated, heap in all, and stack that a module takes in more room than it needs.
fn measure(place: &mut Compartment<Tenant>, wasm: &[u8]) -> Result<[usize; 3], Error> {
    place.limit(MORE);
    translate(place, wasm)?;
    let translated = place.region().heap_extent();
    place.with(Tenant::start)??;
    let region = place.region();
    Ok([translated, region.heap_extent(), region.stack_peak()])
}

/// Loads and starts it in a room that is a tenth larger than predicted.
fn fits(place: &mut Compartment<Tenant>, wasm: &[u8], predicted: [u8; 12]) -> Result<(), Error> {
    let number = |at: usize| predicted[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let larger = |bytes: u32| bytes.saturating_add(bytes / 10);
    let (heap, stack) = (number(0).max(number(4)), number(8));
    place.limit(Footprint { heap: larger(heap), stack: larger(stack) });
    translate(place, wasm)?;
    place.with(Tenant::start)?
}

fn translate(place: &mut Compartment<Tenant>, wasm: &[u8]) -> Result<(), Error> {
    place.load(|| {
        let module = engine::Engine::<Probe>::load(&Engine::default(), wasm, LIMITS)?;
        Ok(Tenant { module: Some(module), guest: None })
    })
}

fn say(wasm: &[u8], [translated, started, stack]: [usize; 3]) -> fmt::Result {
    let (counts, counted) = Counts::of(wasm).zip(needs(wasm)).unwrap_or_default();
    let Footprint { heap: counted, stack: deeper } = counted;
    write!(Console, "{translated} {started} {stack} {counted} {deeper} {}", counts.memory)?;
    terms(&counts).into_iter().try_for_each(|term| write!(Console, " {term}"))?;
    writeln!(Console)
}

/// What is in the compartment: a module, and then its guest.
struct Tenant {
    module: Option<Module>,
    guest: Option<Guest<Engine, Probe>>,
}

impl Tenant {
    fn start(&mut self) -> Result<(), Error> {
        if let Some(module) = self.module.take() {
            self.guest =
                Some(Guest::start(Engine::default(), module, guests::EVERY_IMPORT, Probe::default())?);
        }
        Ok(())
    }
}

const LIMITS: Limits = Limits { module: 256 << 10, memory: 1 << 20 };

/// More than any module needs.
const MORE: Footprint = Footprint { heap: u32::MAX, stack: u32::MAX };

static ROOM: ConstStaticCell<Room<{ 2 << 20 }, { 32 << 10 }>> = ConstStaticCell::new(Room::new());
