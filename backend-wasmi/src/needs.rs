//! What a chip needs for a guest, predicted from counts over its module.

use aingle_wasm_fuel::Counts;

/// What a 32-bit chip needs to load and start a guest, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Of the heap, the guest's memory included.
    pub heap: u32,
    /// Of the engine's stack.
    pub stack: u32,
}

impl Needs {
    /// Predicts, without loading; `None` when the bytes are no module.
    ///
    /// Four of five modules that were not used to find the weights take what is said within a tenth, and all within
    /// 30 %. What an entry allocates once it is called comes on top.
    pub fn of(wasm: &[u8]) -> Option<Self> {
        let counts = Counts::of(wasm)?;
        let weighed = |(weight, count): (u32, u32)| u64::from(weight) * u64::from(count);
        let engine: u64 = WEIGHTS.into_iter().zip(terms(&counts)).map(weighed).sum();
        let heap = BASE.saturating_add(engine / UNIT).saturating_add(counts.memory);
        let stack = if counts.exports > SORTED_IN_PLACE { STACK_FOR_MANY } else { STACK };
        Some(Self { heap: u32::try_from(heap).unwrap_or(u32::MAX), stack })
    }
}

/// What the engine's memory follows from; each term has a weight.
pub fn terms(counts: &Counts) -> [u32; 14] {
    // The translator's buffer grows by doubling.
    let doubled = counts.longest.saturating_mul(5).checked_next_power_of_two().unwrap_or(u32::MAX);
    [
        counts.types,
        counts.widest,
        counts.imports,
        counts.functions,
        counts.table,
        counts.globals,
        counts.exports,
        counts.names,
        counts.segments,
        counts.segment_bytes,
        counts.code,
        counts.longest,
        counts.locals,
        doubled,
    ]
}

/// Weights are in parts of a byte.
const UNIT: u64 = 64;

/// Heap of the smallest guest, in bytes.
const BASE: u64 = 4_203;

/// In the order of the terms; found by `cargo xtask needs --fit`.
const WEIGHTS: [u32; 14] = [10_035, 9_177, 20_635, 0, 12_781, 0, 11_785, 268, 58_036, 0, 69, 37, 9_200, 81];

/// The parser and the translator do not recurse.
const STACK: u32 = 12_850;

/// Beyond so many exports the standard library sorts them by their names with a buffer on the stack.
const SORTED_IN_PLACE: u32 = 20;
const STACK_FOR_MANY: u32 = 15_600;
