//! Mocks that were recorded: a guest finds there what it found on the hardware, here a mock that somebody wrote.

use aingle_wasm::hardware::{self, Bench, Fitting};
use aingle_wasm_core::{host::Platform, log::MAX_LINE};
use libtest_mimic::Failed;

use crate::{
    Desk, beside, call,
    mocks::{Cost, EXAMPLES, Example},
    module, same, start, wants,
};

pub fn a_recorded_mock_is_as_the_hardware_was<E: Desk>(engine: E) -> Result<(), Failed> {
    for example in EXAMPLES {
        let (first, mock) = record(engine.clone(), *example, &beside(example.0, "mock.toml")?)?;
        let (second, again) = record(engine.clone(), *example, &mock)?;
        same(second, first)?;
        same(again.as_str(), &mock)?;
    }
    Ok(())
}

/// The example on this mock, and the mock that is made of what it did.
fn record<E: Desk>(
    engine: E,
    (name, entry, request, expected): Example,
    mock: &str,
) -> Result<(Cost, String), Failed> {
    let bench = Bench::mock(mock).map_err(|error| format!("{error} in {mock}"))?;
    let wants = wants(name)?;
    let Fitting { grants, bench } = Fitting::new(&wants, bench)?;
    let mut wasm = module(name)?;
    hardware::trace(&mut wasm);
    let mut guest = start(engine, &wasm, 0, grants, &bench)?;
    same(call(&mut guest, entry, request)?.as_deref(), Ok(expected))?;
    let unmet = bench.unmet().map_or(Ok(()), |unmet| Err(format!("{name}: {unmet}")));
    unmet?;
    let lines = guest.with_state(|machine| {
        let (log, mut room) = (machine.log(), [0; MAX_LINE]);
        let lines = std::iter::from_fn(|| log.pop(&mut room).map(|(_, text)| text.to_owned()));
        lines.collect::<Vec<_>>()
    });
    let lines = lines.ok_or("the guest is lost")?;
    Ok((
        (guest.fuel_used(), guest.host_calls()),
        hardware::mock_of(&wants, lines.iter().map(String::as_str))?,
    ))
}
