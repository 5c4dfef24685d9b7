//! The golden vectors on the engines of a desktop.

#![forbid(unsafe_code)]

#[path = "../support/compilers.rs"]
mod compilers;
mod set;

use aingle_wasm_core::{
    crc::crc32,
    engine::{Engine, Limits},
    guest::Guest,
    host,
    log::Log,
};
use set::{Case, Expected, Set};

#[test]
fn wasmi_does_as_written() {
    replay(&aingle_wasm_backend_wasmi::Engine::default());
}

#[test]
fn wasmer_does_as_written() {
    for (compiler, engine) in compilers::engines() {
        println!("with {compiler}");
        replay(&engine);
    }
}

fn replay<E: Engine<Log> + Clone>(engine: &E) {
    let Set { fuel_spec, cases } = Set::read().unwrap();
    assert_eq!(
        engine.fuel_spec(),
        fuel_spec,
        "fuel has changed: `cargo xtask vectors` makes the vectors anew"
    );
    for (at, Case { wasm, vectors }) in cases.iter().enumerate() {
        let limits = Limits::SERVER;
        let mut guest = Guest::load(engine.clone(), wasm, limits, host::standard(), Log::new()).unwrap();
        for vector in vectors {
            let outcome = guest.invoke(&vector.export, &vector.arguments, vector.fuel);
            let (host_calls, host_digest) = guest.host_calls();
            let outcome = outcome.map_err(|error| error.code());
            let seen = Expected { outcome, fuel_used: guest.fuel_used(), host_calls, host_digest };
            assert_eq!(seen, vector.expected, "case {at}: {vector:?}");
            assert_eq!(guest.with_memory(crc32), vector.memory, "case {at}: memory after {vector:?}");
        }
    }
    assert_eq!(cases.iter().map(|case| case.vectors.len()).sum::<usize>(), 1000);
}
