//! Millions of calls on one instance: nothing wears out in the guest, and nothing is taken from the host.

use std::{path::Path, process::Command, sync::OnceLock};

use aingle_wasm_core::{
    engine::{Engine, Limits},
    guest::Guest,
    host::{self, Platform},
    log::Log,
};
use allocation_counter::measure;

const ON_WASMER: u32 = 3_000_000;
const ON_WASMI: u32 = 100_000;

#[test]
fn a_guest_of_ours_survives_on_wasmer() {
    survives(aingle_wasm_backend_wasmer::Engine, echo(), "echo", ON_WASMER, <[u8]>::to_vec);
}

#[test]
fn a_guest_of_ours_survives_on_wasmi() {
    survives(aingle_wasm_backend_wasmi::Engine, echo(), "echo", ON_WASMI, <[u8]>::to_vec);
}

#[test]
fn a_guest_of_the_predecessor_survives_on_wasmer() {
    survives(aingle_wasm_backend_wasmer::Engine, PREDECESSOR, "my_function", ON_WASMER, <[u8]>::to_ascii_uppercase);
}

#[test]
fn a_guest_of_the_predecessor_survives_on_wasmi() {
    survives(aingle_wasm_backend_wasmi::Engine, PREDECESSOR, "my_function", ON_WASMI, <[u8]>::to_ascii_uppercase);
}

#[test]
fn host_calls_of_a_guest_of_the_predecessor_wear_nothing_out() {
    let asked = |request: &[u8]| [b"host:", request].concat();
    survives(aingle_wasm_backend_wasmer::Engine, PREDECESSOR, "ask", 100_000, asked);
    survives(aingle_wasm_backend_wasmi::Engine, PREDECESSOR, "ask", 10_000, asked);
}

fn survives<E: Engine<Machine>>(engine: E, wasm: &[u8], entry: &str, calls: u32, answer: fn(&[u8]) -> Vec<u8>) {
    let request: Vec<u8> = (0..LEN).map(|n| b'a' + (n % 26) as u8).collect();
    let expected = answer(&request);
    let loaded = Guest::load(engine, wasm, Limits::SERVER, host::standard(), Machine::default());
    let mut guest = loaded.unwrap_or_else(|error| panic!("{error}"));
    let mut entry = guest.entry(entry).unwrap();
    let mut call = || {
        let same = guest.call(&mut entry, &request, FUEL, |reply| reply == Ok(&expected));
        assert_eq!(same, Ok(true));
    };
    call();
    call();
    let taken = measure(|| (0..calls).for_each(|_| call()));
    assert_eq!(taken.count_total, 0, "calls allocate on the host");
    let memory = guest.memory_len();
    assert!(memory <= MEMORY, "the guest's memory grew to {memory}");
}

/// The example of that name, built with our SDK.
fn echo() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/examples");
        let target = folder.join("target");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--package", "echo"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &target)
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "the guest under guest/examples/echo does not build; if its target is missing, \
             `rustup target add wasm32-unknown-unknown` installs it"
        );
        std::fs::read(target.join("wasm32-unknown-unknown/release/echo.wasm")).unwrap()
    })
}

#[derive(Default)]
struct Machine(Log);

impl Platform for Machine {
    fn log(&mut self) -> &mut Log {
        &mut self.0
    }

    fn micros(&mut self) -> Option<u64> {
        None
    }
}

/// A guest as the predecessor's SDK built it.
const PREDECESSOR: &[u8] = include_bytes!("../data/predecessor.wasm");

/// Bytes of a request: the host function in the command answers with at most 1024.
const LEN: u32 = 1000;

/// More than a call needs.
const FUEL: u64 = 1_000_000;

/// More than either guest is built with: the predecessor's has 17 pages and an arena.
const MEMORY: usize = 2 << 20;
