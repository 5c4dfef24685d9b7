//! The suite on the engines of a desktop, one test a case.

#![forbid(unsafe_code)]

#[path = "support/compilers.rs"]
mod compilers;

use aingle_wasm_core::engine::Engine;
use aingle_wasm_tests::{Failure, Probe, for_each, for_each_sliced};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut trials = Vec::new();
    list("wasmi", aingle_wasm_backend_wasmi::Engine::default(), &mut trials);
    for_each_sliced::<aingle_wasm_backend_wasmi::Engine>(|name, case| {
        trials.push(Trial::test(format!("wasmi::{name}"), move || case(Default::default()).map_err(failed)));
    });
    compilers::engines().for_each(|(compiler, engine)| list(compiler, engine, &mut trials));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn list<E: Engine<Probe> + Clone + Send + 'static>(on: &str, engine: E, trials: &mut Vec<Trial>) {
    for_each::<E>(|name, case| {
        let engine = engine.clone();
        let name = format!("{on}::{name}");
        trials.push(Trial::test(name, move || case(engine).map_err(failed)));
    });
}

fn failed(failure: Failure) -> Failed {
    failure.to_string().into()
}
