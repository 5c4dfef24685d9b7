//! Guests of the suite, for whoever does other things to them.

use aingle_wasm_core::host::{Cost, Import};

use crate::Probe;

/// A guest of ours: one entry for each thing that a guest may do well or badly. It imports all of
/// [`IMPORTS`](crate::IMPORTS).
pub const OURS: &[u8] = wasm!("ours");

/// A guest as the predecessor's SDK makes them; it imports `echo`.
pub const PREDECESSOR: &[u8] = wasm!("predecessor");

/// One export for each way to trap.
pub const TRAPS: &[u8] = wasm!("traps");

/// Numbers of every type go in and come out.
pub const NUMBERS: &[u8] = wasm!("numbers");

/// Its memory grows to a maximum.
pub const GROWING: &[u8] = wasm!("growing");

/// Its memory grows as far as the specification lets it.
pub const UNBOUNDED: &[u8] = wasm!("unbounded");

/// A guest that works for as long as it is told, or misbehaves; it imports `panic`.
pub const WORKER: &[u8] = wasm!("worker");

/// A guest that asks a device on an I2C bus; it says so in its grants.
pub const BUS: &[u8] = wasm!("bus");

/// A guest that logs, asks for the time, and drives a part of each kind, with an entry for each host function of those; it
/// says so in its grants.
pub const DRIVES: &[u8] = wasm!("drives");

/// A guest like the predecessor's whose allocator drives hardware; it says in its grants which.
pub const REENTERS: &[u8] = wasm!("reenters");

/// A guest that is told of the edges of the input `key`; it says so in its grants, and imports `panic`.
pub const PRESSED: &[u8] = wasm!("pressed");

/// wasmi 2.0.0 panics while it translates this, so the check refuses it.
pub const FAR_STORE: &[u8] = wasm!("refused/far_store");

/// wasmi 2.0.0 mistakes a local of this for another value, so the check refuses it.
pub const BLOCK_PARAMETERS: &[u8] = wasm!("refused/block_parameters");

/// What the check refuses for other reasons: too large, too many, out of its set, or not granted.
pub const REFUSED: &[&[u8]] = &[
    wasm!("refused/data_outside"),
    wasm!("refused/elements_outside"),
    wasm!("refused/exceptions"),
    wasm!("refused/extended_constants"),
    wasm!("refused/gc"),
    wasm!("refused/ill_typed"),
    wasm!("refused/import_elsewhere"),
    wasm!("refused/import_global"),
    wasm!("refused/import_memory"),
    wasm!("refused/import_tag"),
    wasm!("refused/import_type"),
    wasm!("refused/import_unknown"),
    wasm!("refused/large_memory"),
    wasm!("refused/large_reversed_memory"),
    wasm!("refused/large_small_memory"),
    wasm!("refused/large_table"),
    wasm!("refused/memory64"),
    wasm!("refused/simd"),
    wasm!("refused/start"),
    wasm!("refused/tail_call"),
    wasm!("refused/threads"),
    wasm!("refused/two_memories"),
    wasm!("refused/two_tables"),
    wasm!("refused/many_functions"),
    wasm!("refused/many_targets"),
    wasm!("refused/many_blocks"),
    wasm!("refused/many_parameters"),
    wasm!("refused/many_results"),
];

/// Host functions by the names of the suite's and of every firmware's: all answer with nothing.
pub const EVERY_IMPORT: &[Import<Probe>] = &[
    silent("echo"),
    silent("fail"),
    silent("large"),
    silent("stop"),
    silent("__aingle_log"),
    silent("__aingle_time"),
    silent("__my_host_fn"),
];

const fn silent(name: &'static str) -> Import<Probe> {
    Import::new(name, 64, Cost::STANDARD, |_, _, _| Ok(0))
}
