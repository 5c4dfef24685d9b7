//! The suite on the engines of a desktop, one test a case.

#![forbid(unsafe_code)]

#[path = "support/compilers.rs"]
mod compilers;

use aingle_wasm_core::engine::Engine;
use aingle_wasm_tests::{Probe, for_each};
use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut trials = Vec::new();
    list("wasmi", aingle_wasm_backend_wasmi::Engine::default(), &mut trials);
    compilers::engines().for_each(|(compiler, engine)| list(compiler, engine, &mut trials));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn list<E: Engine<Probe> + Clone + Send + 'static>(on: &str, engine: E, trials: &mut Vec<Trial>) {
    for_each::<E>(|name, case| {
        let engine = engine.clone();
        let name = format!("{on}::{name}");
        trials.push(Trial::test(name, move || case(engine).map_err(|failure| failure.to_string().into())));
    });
}
