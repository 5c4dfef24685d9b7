//! A link's service under siege, on both engines of a desktop.

use aingle_wasm_core::{
    engine::{Engine, Limits},
    host::{Cost, HostError, Import},
    link::{Board, Heap, Single},
    log::Log,
};
use aingle_wasm_tests::Siege;
use libtest_mimic::Failed;

/// Says so much, with somebody who means well in between.
pub fn withstand<E: Engine<Log> + Clone>(engine: E, sayings: usize) -> Result<(), Failed> {
    let board = Board {
        limits: Limits { module: 8 << 10, memory: 80 << 10 },
        imports: IMPORTS.into(),
        state: |_| Log::new(),
        heap: Heap::default,
        nanos: || None,
    };
    let mut siege = Siege::new(Single::new(board, engine, vec![0; 8 << 10]), 20_000);
    for number in 0..sayings {
        siege.next(number as u64)?;
        if number % 100 == 0 {
            siege.is_well()?;
        }
    }
    siege.is_well()?;
    Ok(siege.is_telling()?)
}

const IMPORTS: &[Import<Log>] =
    &[Import::new("panic", 0, Cost::STANDARD, |_, _, room| Err(HostError::failed("no", room)))];
