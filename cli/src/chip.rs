//! What a chip needs for a guest, told from what the same engine needs for it on this machine.

use aingle_wasm_backend_wasmi::{Engine, Module, needs};
use aingle_wasm_core::{
    engine::{self, Footprint, Limits},
    guest::Guest,
    host::Imports,
};
use aingle_wasm_fuel::Counts;
pub use peak_alloc::PeakAlloc;

/// What a 32-bit chip needs for a guest, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Of the heap while the module is translated, its own bytes not counted.
    pub translated: u32,
    /// Of the heap once the guest has started, its memory included.
    pub started: u32,
    /// Of the engine's stack.
    pub stack: u32,
}

/// Heap that a guest took on this machine, in bytes, its memory and what its host keeps not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// While its module was translated.
    pub translated: u64,
    /// Once it had started.
    pub started: u64,
}

impl Taken {
    /// Loads and starts the guest of `wasm` on wasmi, with `imports` and a host that keeps `state`. `heap` is the
    /// program's global allocator, and nothing else allocates meanwhile.
    ///
    /// `None` when the guest does not load.
    pub fn by<T: Send + 'static>(
        heap: &PeakAlloc,
        wasm: &[u8],
        imports: impl Into<Imports<T>>,
        state: T,
    ) -> Option<Self> {
        let kept = Counts::of(wasm)?.memory + size_of::<T>() as u64;
        let (imports, engine) = (imports.into(), Engine::default());
        heap.reset_peak_usage();
        let before = heap.current_usage();
        let module = load::<T>(&engine, wasm)?;
        let translated = heap.peak_usage().saturating_sub(before) as u64;
        let guest = Guest::start(engine, module, imports, state).ok()?;
        let started = heap.current_usage().saturating_sub(before) as u64;
        drop(guest);
        Some(Self { translated, started: started.saturating_sub(kept) })
    }
}

impl Chip {
    /// Predicts by what the guest of `wasm` takes of this machine's heap when it is loaded and started as by
    /// [`Taken::by`]: within a tenth of what modules took on a chip that were not used to find out how one follows from
    /// the other.
    ///
    /// `None` when the guest does not load.
    pub fn predict<T: Send + 'static>(
        heap: &PeakAlloc,
        wasm: &[u8],
        imports: impl Into<Imports<T>>,
        state: T,
    ) -> Option<Self> {
        Self::of(wasm, Taken::by(heap, wasm, imports, state)?)
    }

    /// What a chip needs for a guest that took so much here; `None` when this machine is not one of 64 bits.
    pub fn of(wasm: &[u8], taken: Taken) -> Option<Self> {
        let memory = Counts::of(wasm)?.memory;
        let bytes = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
        let predicted = Self {
            translated: bytes(TRANSLATED.on_chip(taken.translated)),
            started: bytes(memory + STARTED.on_chip(taken.started)),
            stack: needs(wasm)?.stack,
        };
        cfg!(target_pointer_width = "64").then_some(predicted)
    }

    /// The same from counts over the module, for one that does not load here: a chip can do no better itself.
    pub fn counted(wasm: &[u8]) -> Option<Self> {
        needs(wasm).map(|Footprint { heap, stack }| Self { translated: heap, started: heap, stack })
    }

    /// What it needs when its module is read where it lies.
    pub fn in_place(&self) -> Footprint {
        Footprint { heap: self.translated.max(self.started), stack: self.stack }
    }

    /// What it needs when its module, of so many bytes, comes over a link: they take room until it is translated.
    pub fn sent(&self, module: usize) -> Footprint {
        let module = u32::try_from(module.next_multiple_of(ALIGNMENT)).unwrap_or(u32::MAX);
        Footprint { heap: self.translated.saturating_add(module).max(self.started), stack: self.stack }
    }
}

fn load<T: Send + 'static>(engine: &Engine, wasm: &[u8]) -> Option<Module> {
    engine::Engine::<T>::load(engine, wasm, Limits::SERVER).ok()
}

/// Of a module in a chip's memory, in bytes.
const ALIGNMENT: usize = 16;

/// How the engine's bytes on a chip follow from those here: most of them are pointers and lengths, translated code is
/// not. What the allocator there cannot use is among them.
struct Line {
    /// Thousandths of a byte for one here.
    slope: u64,
    /// Bytes less.
    offset: u64,
}

impl Line {
    fn on_chip(&self, bytes: u64) -> u64 {
        (bytes * self.slope / 1000).saturating_sub(self.offset)
    }
}

// Found by `cargo xtask needs --fit`.
const TRANSLATED: Line = Line { slope: 786, offset: 1134 };
const STARTED: Line = Line { slope: 816, offset: 1268 };
