//! What a chip needs for a guest, predicted from counts over its module.

use aingle_wasm_core::engine::{Footprint, Limits};
use aingle_wasm_fuel::Counts;

/// What a 32-bit chip needs to load and start a guest of `wasm`, told without loading it; `None` when the bytes are no
/// module.
///
/// Four of five modules that were not used to find the weights take what is said within a tenth, and all within
/// [`OFF`] %. What an entry allocates once it is called comes on top.
pub fn needs(wasm: &[u8]) -> Option<Footprint> {
    let counts = Counts::of(wasm)?;
    let weighed = |(weight, count): (u32, u32)| u64::from(weight) * u64::from(count);
    let engine: u64 = WEIGHTS.into_iter().zip(terms(&counts)).map(weighed).sum();
    let heap = BASE.saturating_add(engine / UNIT).saturating_add(counts.memory);
    let stack = if counts.exports > SORTED_IN_PLACE { STACK_FOR_MANY } else { STACK };
    Some(Footprint { heap: u32::try_from(heap).unwrap_or(u32::MAX), stack })
}

/// Whether a guest of `wasm` needs more than `room`, if that is off as far as it can be. Of what says that it needs
/// more than any chip has, or more memory than it may have, others know better what is wrong.
pub(crate) fn has_no_room(wasm: &[u8], limits: Limits, room: Footprint) -> bool {
    let Some((counts, needs)) = Counts::of(wasm).zip(needs(wasm)) else { return false };
    let least = |bytes: u32| bytes - bytes / 4;
    let least = Footprint { heap: least(needs.heap), stack: least(needs.stack) };
    needs.heap < u32::MAX && counts.memory <= u64::from(limits.memory) && !least.fits(room)
}

/// How far the counts may be off, in percent.
pub const OFF: u64 = 33;

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
const BASE: u64 = 5_856;

/// In the order of the terms; found by `cargo xtask needs --fit`.
const WEIGHTS: [u32; 14] =
    [8_968, 5_625, 28_551, 2_876, 14_615, 5_600, 9_186, 215, 56_751, 0, 34, 50, 6_465, 99];

/// The parser and the translator do not recurse.
const STACK: u32 = 8_164;

/// Beyond so many exports the standard library sorts them by their names with a buffer on the stack.
const SORTED_IN_PLACE: u32 = 20;
const STACK_FOR_MANY: u32 = 11_088;
