//! What a call takes from the host's heap (nothing), and what a guest leaves on it (nothing).

#![forbid(unsafe_code)]

use std::alloc::System;

use aingle_wasm_backend_wasmer::EngineConfig;
use aingle_wasm_core::{engine::Engine, error::Trap, guest::Guest};
use aingle_wasm_tests::{IMPORTS, LIMITS, Probe};
use libtest_mimic::{Arguments, Failed, Trial};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let mut arguments = Arguments::from_args();
    // The heap is counted for the whole process.
    arguments.test_threads = Some(1);
    let wasmi = aingle_wasm_backend_wasmi::Engine::default();
    // Without a cache: what is kept for the next guest is not the last one's.
    let wasmer = || {
        let config = EngineConfig { cache_size: 0, ..EngineConfig::default() };
        aingle_wasm_backend_wasmer::Engine::new(config).expect("there is such an engine")
    };
    let trials = vec![
        Trial::test("wasmi::a_warm_call_does_not_allocate", move || warm_calls(wasmi, 0)),
        // For a call within a call, wasmer queues a stack: one block for every 31 of them.
        Trial::test("wasmer::a_warm_call_does_not_allocate", move || warm_calls(wasmer(), CALLS / 31 + 1)),
        Trial::test("wasmi::fault_42_a_guest_leaves_nothing_behind", move || lives(wasmi, 0)),
        // The threads of wasmer's compiler free when it suits them.
        Trial::test("wasmer::fault_42_a_guest_leaves_nothing_behind", move || lives(wasmer(), 512 << 10)),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// An entry, an entry that calls the host, and the same with a reply that the guest's allocator places: there
/// the host calls the guest within a call, which may take `nested` allocations.
fn warm_calls<E: Engine<Probe> + Clone>(engine: E, nested: usize) -> Result<(), Failed> {
    for (name, wasm, entry, allowed) in [
        ("ours", &wasm!("ours")[..], "echo", 0),
        ("ours", wasm!("ours"), "ask", 0),
        ("predecessor", wasm!("predecessor"), "echo", 0),
        ("predecessor", wasm!("predecessor"), "ask", nested),
    ] {
        let mut guest = load(&engine, wasm)?;
        let mut handle = guest.entry(entry)?;
        let mut call =
            || guest.call(&mut handle, b"hello", 10_000, |reply| assert_eq!(reply, Ok(&b"hello"[..])));
        call()?;
        call()?;
        // The heap is the whole process's, and wasmer's threads use it when it suits them. What a call takes,
        // every round takes; what a thread takes, some rounds do not.
        let mut taken = usize::MAX;
        for _ in 0..ROUNDS {
            let region = Region::new(HEAP);
            for _ in 0..CALLS {
                call()?;
            }
            taken = taken.min(region.change().allocations);
        }
        if taken > allowed {
            return Err(format!("{taken} allocations in {CALLS} calls of {entry} of {name}").into());
        }
    }
    Ok(())
}

/// Loads, traps, restarts and unloads guests: the heap is as before, however often, but for `slack` bytes.
fn lives<E: Engine<Probe> + Clone>(engine: E, slack: isize) -> Result<(), Failed> {
    let guest = |traps| {
        let mut guest = load(&engine, wasm!("ours"))?;
        let mut hang = guest.entry("hang")?;
        let region = Region::new(HEAP);
        for _ in 0..traps {
            assert_eq!(guest.call(&mut hang, b"", 100, |_| ()), Err(Trap::OutOfFuel.into()));
        }
        Ok::<_, Failed>(held(region.change()))
    };
    // What the engine keeps for the whole process is there after the first ones.
    guest(1)?;
    guest(1)?;
    let region = Region::new(HEAP);
    for _ in 0..LIVES {
        guest(2)?;
    }
    let left = held(region.change());
    let (few, many) = (guest(2)?, guest(LIVES)?);
    if left > slack || many > few + slack {
        return Err(format!("left {left} bytes; a guest that trapped holds {few}, then {many}").into());
    }
    Ok(())
}

fn held(stats: Stats) -> isize {
    stats.bytes_allocated as isize - stats.bytes_deallocated as isize
}

fn load<E: Engine<Probe> + Clone>(engine: &E, wasm: &[u8]) -> Result<Guest<E, Probe>, Failed> {
    Ok(Guest::load(engine.clone(), wasm, LIMITS, IMPORTS, Probe::default())?)
}

macro_rules! wasm {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm"))
    };
}
use wasm;

const CALLS: usize = 100;
const LIVES: usize = 200;

/// How often the calls are counted.
const ROUNDS: usize = 10;
