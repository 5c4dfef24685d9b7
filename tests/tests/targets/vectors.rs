//! The golden vectors on every target, each by itself.

use aingle_wasm::{Error, On, Options, Target, board};
use aingle_wasm_core::link::{Failure, client};
use libtest_mimic::Trial;

use crate::{
    Done, ensure,
    set::{Case, Expected, Vector, cases},
    trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    let boards = board::ALL.iter().map(|board| format!("qemu:{}", board.name));
    for on in ["wasmer", "wasmi"].map(String::from).into_iter().chain(boards) {
        trials.push(trial(&format!("vectors::on_{on}"), move || replay(&on)));
    }
}

fn replay(on: &str) -> Done {
    let on: On = on.parse()?;
    // An emulator that counts does not wait for the clock.
    let mut target = Target::open(&on, &Options { count_instructions: true, ..Options::default() })?;
    for (at, Case { wasm, vectors }) in cases()?.iter().enumerate() {
        target.load(wasm, |_| ()).map_err(|error| format!("case {at}: {error}"))?;
        for vector in vectors {
            let seen =
                seen(&mut target, vector).map_err(|error| format!("case {at}: {vector:?}: {error}"))?;
            ensure!(seen == vector.expected, "case {at}: {vector:?}: {seen:?}");
        }
    }
    Ok(())
}

fn seen(target: &mut Target, vector: &Vector) -> Result<Expected, Error> {
    let (outcome, run) = match target.invoke(&vector.export, &vector.arguments, vector.fuel) {
        Ok((results, run)) => (Ok(results), run),
        Err(Error::Link(client::Error::Failed(Failure::Guest(error), run))) => (Err(error.code()), run),
        Err(error) => return Err(error),
    };
    let (fuel_used, host_calls, host_digest) = (run.fuel_used, run.host_calls, run.host_digest);
    Ok(Expected { outcome, fuel_used, host_calls, host_digest })
}
