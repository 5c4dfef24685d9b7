//! How fast a board is, and how long its watchdog may be fed for what is done.

use aingle_wasm_core::engine::ALLOCATOR_FUEL;

use crate::watchdog::Allowance;

/// A board's slices, clock and watchdog.
#[derive(Clone, Copy)]
pub struct Pace {
    slice: u64,
    nanos: fn() -> Option<u64>,
    watchdog: Option<Watchdog>,
}

#[derive(Clone, Copy)]
struct Watchdog {
    allowance: &'static Allowance,
    /// Instructions between two ticks of the timer that feeds it.
    tick: u64,
    /// Those of the longest host call.
    call: u64,
}

/// What is to be done beside a slice.
#[derive(Clone, Copy, Default)]
pub(super) struct Work {
    /// Bytes of a module that are checked and translated.
    pub module: usize,
    /// Bytes that are filled, copied or summed.
    pub memory: usize,
}

impl Pace {
    /// A processor of `hertz` whose guests get slices of `milliseconds`. `nanos` is the board's clock: nanoseconds
    /// since its start, `None` where there is none.
    pub const fn new(hertz: u32, milliseconds: u32, nanos: fn() -> Option<u64>) -> Self {
        let instructions = hertz as u64 / 1000 * milliseconds as u64;
        Self { slice: instructions / PER_UNIT, nanos, watchdog: None }
    }

    /// The same with a watchdog, which a timer feeds as `allowance` says, once in so many instructions, `tick`. The last
    /// host call of a slice takes `call` instructions at most: a wait as long as is granted, or what a bus may take for a
    /// [transaction](aingle_wasm_core::hal::operations). Less than a guest's allocator may take is as good as nothing.
    ///
    /// # Panics
    /// When a tick takes no time.
    pub const fn fed(self, allowance: &'static Allowance, tick: u32, call: u32) -> Self {
        assert!(tick > 0, "a timer takes its time");
        Self { watchdog: Some(Watchdog { allowance, tick: tick as u64, call: call as u64 }), ..self }
    }

    /// Units of fuel in a slice.
    pub const fn slice(&self) -> u64 {
        self.slice
    }

    /// The board's clock.
    pub fn nanos(&self) -> Option<u64> {
        (self.nanos)()
    }

    /// Says that the board waits for its link, as long as that takes.
    pub fn rest(&self) {
        if let Some(Watchdog { allowance, .. }) = self.watchdog {
            allowance.grant(u32::MAX);
        }
    }

    /// Says that the board waits no more.
    pub fn wake(&self) {
        self.grant(Work::default());
    }

    /// Says that a slice comes next, or less, and some work besides.
    pub(super) fn grant(&self, Work { module, memory }: Work) {
        if let Some(Watchdog { allowance, tick, call }) = self.watchdog {
            let instructions = self.slice * MOST_PER_UNIT
                + call.max(ALLOCATOR_FUEL * MOST_PER_UNIT)
                + module as u64 * MOST_PER_MODULE_BYTE
                + memory as u64 * MOST_PER_BYTE;
            let ticks = SPARE + instructions / tick;
            allowance.grant(u32::try_from(ticks).unwrap_or(u32::MAX - 1));
        }
    }
}

/// Instructions in a unit of fuel: 19 of a Cortex-M4F, by which the specification's weights were divided, and most runs take
/// less, since the interpreter fuses operators; on an RV32 44 in an empty loop, and half of that in most runs.
const PER_UNIT: u64 = if cfg!(target_arch = "riscv32") { 44 } else { 19 };

/// What a unit takes at most. The dearest that were found are an empty loop on an RV32 and, where floats have no hardware,
/// `f32.sqrt`: 42 there, 37 on a Cortex-M3.
const MOST_PER_UNIT: u64 = 76;

/// What a byte of a module takes at most, from its check to its start.
const MOST_PER_MODULE_BYTE: u64 = 1500;

/// What any other byte takes at most, twice over: a guest is started afresh with what it had, and a room is wiped.
const MOST_PER_BYTE: u64 = 32;

/// Ticks that are granted in any case: entering a compartment is work, too.
const SPARE: u64 = 8;
