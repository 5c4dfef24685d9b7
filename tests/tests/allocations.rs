//! What a call takes from the host's heap (nothing), and what a guest leaves on it (nothing).

use aingle_wasm_core::{engine::Engine, error::Trap, guest::Guest};
use aingle_wasm_tests::{IMPORTS, LIMITS, Probe};
use allocation_counter::measure;

macro_rules! wasm {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm"))
    };
}

#[test]
fn a_warm_call_on_wasmi_does_not_allocate() {
    warm_calls(aingle_wasm_backend_wasmi::Engine);
}

#[test]
fn a_warm_call_on_wasmer_does_not_allocate() {
    warm_calls(aingle_wasm_backend_wasmer::Engine);
}

#[test]
fn fault_42_a_subjecton_wasmi_leaves_nothing_behind() {
    lives(aingle_wasm_backend_wasmi::Engine);
}

#[test]
fn fault_42_a_subjecton_wasmer_leaves_nothing_behind() {
    lives(aingle_wasm_backend_wasmer::Engine);
}

/// An entry, an entry that calls the host, and the same with a reply that the guest's allocator places.
fn warm_calls<E: Engine<Probe> + Clone>(engine: E) {
    for (name, wasm) in [("ours", &wasm!("ours")[..]), ("predecessor", wasm!("predecessor"))] {
        for entry in ["echo", "ask"] {
            let mut subject = load(&engine, wasm);
            let mut handle = subject.entry(entry).unwrap();
            let mut call = || {
                let same = subject.call(&mut handle, b"hello", 10_000, |reply| reply == Ok(b"hello"));
                assert_eq!(same, Ok(true));
            };
            call();
            call();
            let taken = measure(|| (0..100).for_each(|_| call()));
            assert_eq!(taken.count_total, 0, "{entry} of {name}");
        }
    }
}

/// Loads, traps, restarts and unloads guests: the heap is as before, however often.
fn lives<E: Engine<Probe> + Clone>(engine: E) {
    let life = |traps: u32| {
        let mut guest = load(&engine, wasm!("ours"));
        let mut hang = guest.entry("hang").unwrap();
        for _ in 0..traps {
            assert_eq!(guest.call(&mut hang, b"", 100, |_| ()), Err(Trap::OutOfFuel.into()));
        }
    };
    // What the engine keeps for the whole process is there after the first one.
    life(1);
    life(1);
    let left = measure(|| (0..20).for_each(|_| life(3)));
    assert_eq!((left.count_current, left.bytes_current), (0, 0));
    let peak = |traps| measure(|| life(traps)).bytes_max;
    let (few, many) = (peak(3), peak(300));
    assert!(many < few + few / 10, "a trap leaves something until the guest goes: {few}, {many}");
}

fn load<E: Engine<Probe> + Clone>(engine: &E, wasm: &[u8]) -> Guest<E, Probe> {
    Guest::load(engine.clone(), wasm, LIMITS, IMPORTS, Probe::default()).unwrap_or_else(|error| panic!("{error}"))
}
