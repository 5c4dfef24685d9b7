//! The golden vectors on every target, each by itself.

use aingle_wasm::{On, Options, Target, board};
use aingle_wasm_core::{engine::Values, error::Abstain};
use libtest_mimic::Trial;

use crate::{
    Done, ensure,
    seen::{End, Seen},
    set::{Case, Expected, Set},
    trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    // A chip that people flash has no room for all of them.
    let boards = board::ALL.iter().map(|board| (format!("qemu:{}", board.name), board.semihosting));
    let engines = ["wasmer", "wasmi"].map(|name| (name.to_owned(), true));
    for (on, all) in engines.into_iter().chain(boards) {
        trials.push(trial(&format!("vectors::on_{on}"), move || replay(&on, all)));
    }
}

/// Replays `all` cases, or those that the target has the memory for, which are most.
fn replay(on: &str, all: bool) -> Done {
    let on: On = on.parse()?;
    // An emulator that counts does not wait for the clock.
    let mut target = Target::open(&on, &Options { count_instructions: true, ..Options::default() })?;
    let Set { fuel_spec, cases } = Set::read()?;
    ensure!(target.info().fuel_spec == fuel_spec, "it charges otherwise than the vectors say");
    let mut replayed = 0;
    for (at, Case { wasm, vectors }) in cases.iter().enumerate() {
        if let Err(error) = target.load(wasm, |_| ()) {
            let words = error.to_string();
            let Seen { end, .. } = Seen::failed(error)?;
            ensure!(!all && end == NO_ROOM, "case {at}: {words}");
            continue;
        }
        replayed += 1;
        for vector in vectors {
            let invoked = target.invoke(&vector.export, &vector.arguments, vector.fuel);
            let seen = Seen::invoked(invoked).map_err(|error| format!("case {at}: {vector:?}: {error}"))?;
            let same = expected(seen.clone()).as_ref() == Some(&vector.expected);
            ensure!(same, "case {at}: {vector:?}: {seen:?}");
        }
    }
    ensure!(2 * replayed > cases.len(), "there was room for {replayed} of {} cases", cases.len());
    Ok(())
}

const NO_ROOM: End = End::Failed(Abstain::Memory.code(), 0);

/// What was seen, in the words of a vector.
fn expected(seen: Seen) -> Option<Expected> {
    let outcome = match seen.end {
        End::Returned(results) => Ok(Values::from_slice(&results).ok()?),
        End::Failed(code, 0) => Err(code),
        _ => return None,
    };
    let Seen { fuel_used, host_calls, host_digest, .. } = seen;
    Some(Expected { outcome, fuel_used, host_calls, host_digest })
}
