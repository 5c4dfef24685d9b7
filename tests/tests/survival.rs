//! Millions of calls on one instance: nothing wears out in the guest, and nothing is taken from the host.

#![forbid(unsafe_code)]

#[path = "support/examples.rs"]
mod examples;

use std::alloc::System;

use aingle_wasm_core::{
    engine::{Engine, Limits},
    guest::Guest,
    host,
    log::Log,
};
use examples::example;
use libtest_mimic::{Arguments, Failed, Trial};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let mut arguments = Arguments::from_args();
    // The heap is counted for the whole process.
    arguments.test_threads = Some(1);
    let wasmi = aingle_wasm_backend_wasmi::Engine::default();
    let wasmer = aingle_wasm_backend_wasmer::Engine::default;
    let trials = vec![
        Trial::test("wasmer::ours", move || survives(wasmer(), &example("echo")?, ECHO, ON_WASMER, STRAY)),
        Trial::test("wasmi::ours", move || survives(wasmi, &example("echo")?, ECHO, ON_WASMI, 0)),
        Trial::test("wasmer::predecessor", move || survives(wasmer(), PREDECESSOR, UPPER, ON_WASMER, STRAY)),
        Trial::test("wasmi::predecessor", move || survives(wasmi, PREDECESSOR, UPPER, ON_WASMI, 0)),
        // For a call within a call, wasmer queues a stack: one block for every 31 of them.
        Trial::test("wasmer::predecessor_asks", move || {
            survives(wasmer(), PREDECESSOR, ASK, ON_WASMI, ON_WASMI / 31 + 1 + STRAY)
        }),
        Trial::test("wasmi::predecessor_asks", move || survives(wasmi, PREDECESSOR, ASK, ON_WASMI, 0)),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// Calls one instance so many times, which may take `allowed` allocations on the host.
fn survives<E: Engine<Log>>(
    engine: E,
    wasm: &[u8],
    (entry, answer): Entry,
    calls: usize,
    allowed: usize,
) -> Result<(), Failed> {
    let request: Vec<u8> = (b'a'..=b'z').cycle().take(LEN).collect();
    let expected = answer(&request);
    let mut guest = Guest::load(engine, wasm, Limits::SERVER, host::standard(), Log::new())?;
    let mut entry = guest.entry(entry)?;
    let mut call = || guest.call(&mut entry, &request, FUEL, |reply| assert_eq!(reply, Ok(&expected[..])));
    call()?;
    call()?;
    let region = Region::new(HEAP);
    for _ in 0..calls {
        call()?;
    }
    let taken = region.change().allocations;
    if taken > allowed {
        return Err(format!("{taken} allocations in {calls} calls").into());
    }
    match guest.with_memory(<[u8]>::len) {
        len if len > MEMORY => Err(format!("the guest's memory grew to {len} bytes").into()),
        _ => Ok(()),
    }
}

/// A guest as the predecessor's SDK built it.
const PREDECESSOR: &[u8] = include_bytes!("../data/predecessor.wasm");

/// An entry, and what it makes of a request.
type Entry = (&'static str, fn(&[u8]) -> Vec<u8>);

const ECHO: Entry = ("echo", <[u8]>::to_vec);
const UPPER: Entry = ("my_function", <[u8]>::to_ascii_uppercase);
const ASK: Entry = ("ask", |request| [b"host:", request].concat());

const ON_WASMER: usize = 3_000_000;
const ON_WASMI: usize = 100_000;

/// The threads of wasmer's compiler tidy up when it suits them.
const STRAY: usize = 16;

/// Bytes of a request: the host function in the command answers with at most 1024.
const LEN: usize = 1000;

/// More than a call needs.
const FUEL: u64 = 1_000_000;

/// More than either guest is built with: the predecessor's has 17 pages and an arena.
const MEMORY: usize = 2 << 20;
