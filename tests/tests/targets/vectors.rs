//! The golden vectors on every target, each by itself.

use aingle_wasm::{On, Options, Target, board};
use libtest_mimic::Trial;

use crate::{
    Done, ensure,
    seen::{End, Seen},
    set::{Case, Expected, Set},
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
    let Set { fuel_spec, cases } = Set::read()?;
    ensure!(target.info().fuel_spec == fuel_spec, "it charges otherwise than the vectors say");
    for (at, Case { wasm, vectors }) in cases.iter().enumerate() {
        target.load(wasm, |_| ()).map_err(|error| format!("case {at}: {error}"))?;
        for vector in vectors {
            let invoked = target.invoke(&vector.export, &vector.arguments, vector.fuel);
            let seen = Seen::invoked(invoked).map_err(|error| format!("case {at}: {vector:?}: {error}"))?;
            let same = expected(seen.clone()).as_ref() == Some(&vector.expected);
            ensure!(same, "case {at}: {vector:?}: {seen:?}");
        }
    }
    Ok(())
}

/// What was seen, in the words of a vector.
fn expected(seen: Seen) -> Option<Expected> {
    let outcome = match seen.end {
        End::Returned(results) => Ok(results),
        End::Failed(code, 0) => Err(code),
        _ => return None,
    };
    let Seen { fuel_used, host_calls, host_digest, .. } = seen;
    Some(Expected { outcome, fuel_used, host_calls, host_digest })
}
