//! What a chip needs for a guest, told from what the same engine needs for it on this machine.

use aingle_wasm_backend_wasmi::Needs;
use aingle_wasm_fuel::Counts;
pub use peak_alloc::PeakAlloc;

/// What a 32-bit chip needs to load and start a guest, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Of the heap, the guest's memory included.
    pub heap: u64,
    /// Of the engine's stack.
    pub stack: u32,
}

impl Chip {
    /// Loads the guest of `wasm` on wasmi by `load`, and tells from the most heap that this took what a chip needs:
    /// within a tenth of what modules took there that were not used to find out how one follows from the other. `heap`
    /// is the program's global allocator, and nothing else allocates meanwhile.
    ///
    /// `None` when the guest does not load, or this machine is not one of 64 bits.
    pub fn predict<G, E>(heap: &PeakAlloc, wasm: &[u8], load: impl FnOnce() -> Result<G, E>) -> Option<Self> {
        let memory = Counts::of(wasm)?.memory;
        let stack = Needs::of(wasm)?.stack;
        heap.reset_peak_usage();
        let before = heap.current_usage();
        load().ok()?;
        let taken = heap.peak_usage().saturating_sub(before) as u64;
        cfg!(target_pointer_width = "64")
            .then_some(Self { heap: memory + on_chip(taken.checked_sub(memory)?), stack })
    }
}

/// The engine's bytes on a chip, of so many here: most of them are pointers and lengths, the translated code is not.
fn on_chip(bytes: u64) -> u64 {
    (bytes * SLOPE / 1000).saturating_sub(OFFSET)
}

/// Thousandths of a byte for one here.
const SLOPE: u64 = 757;

const OFFSET: u64 = 1068;
