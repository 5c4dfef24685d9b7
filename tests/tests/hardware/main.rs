//! Guests that drive hardware, on mocks, on both engines.

#![forbid(unsafe_code)]

#[path = "../support/examples.rs"]
mod examples;
mod grants;
mod hostile;
mod lists;
mod mocks;
mod recorded;
mod sharing;
mod slices;
mod told;
#[path = "../support/tries.rs"]
mod tries;
mod waits;

use std::{borrow::Cow, fmt::Debug};

use aingle_wasm::{
    Machine,
    hardware::{Bench, Terms},
};
use aingle_wasm_core::{
    engine::{Engine, Limits},
    error::Error,
    guest::Guest,
    hal::Grants,
    host::{self, Imports},
};
use aingle_wasm_fuel::canonicalise;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut trials = Vec::new();
    list("wasmi", aingle_wasm_backend_wasmi::Engine::default(), &mut trials);
    list("wasmer", aingle_wasm_backend_wasmer::Engine::default(), &mut trials);
    trials.push(Trial::test("the_engines_agree", mocks::the_engines_agree));
    trials.push(Trial::test("what_makes_no_sense_is_named", mocks::what_makes_no_sense_is_named));
    trials.push(Trial::test("wasmi::fault_31_ten_thousand_lists", || {
        lists::ten_thousand_lists(aingle_wasm_backend_wasmi::Engine::default())
    }));
    trials.push(Trial::test("wasmer::fault_31_ten_thousand_lists", || {
        lists::ten_thousand_lists(aingle_wasm_backend_wasmer::Engine::default())
    }));
    trials.push(Trial::test("a_wait_is_the_last_of_its_slice", slices::a_wait_is_the_last_of_its_slice));
    trials.push(Trial::test("a_button_is_counted_alike", told::a_button_is_counted_alike));
    trials
        .push(Trial::test("ticks_and_lines_come_in_their_order", told::ticks_and_lines_come_in_their_order));
    trials
        .push(Trial::test("ticks_come_between_two_microseconds", told::ticks_come_between_two_microseconds));
    trials.push(Trial::test("what_nobody_is_told_of_is_named", told::what_nobody_is_told_of_is_named));
    trials.push(Trial::test("a_wait_is_never_too_short", waits::a_wait_is_never_too_short));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// An engine that a test can take with it.
trait Desk: Engine<Machine> + Clone + Send + 'static {}

impl<E: Engine<Machine> + Clone + Send + 'static> Desk for E {}

/// A test's name, and the test.
type Test<E> = (&'static str, fn(E) -> Result<(), Failed>);

fn list<E: Desk>(on: &str, engine: E, trials: &mut Vec<Trial>) {
    let tests: &[Test<E>] = &[
        ("drivers_find_their_devices", mocks::drivers_find_their_devices),
        ("a_difference_is_shown", mocks::a_difference_is_shown),
        ("faults_of_a_bus_reach_the_guest", mocks::faults_of_a_bus_reach_the_guest),
        ("a_recorded_mock_is_as_the_hardware_was", recorded::a_recorded_mock_is_as_the_hardware_was),
        ("what_is_not_granted_is_refused_at_load", grants::what_is_not_granted_is_refused_at_load),
        ("addresses_and_speed_are_granted", grants::addresses_and_speed_are_granted),
        ("a_wait_ends_at_its_grant", grants::a_wait_ends_at_its_grant),
        ("a_refused_wait_costs_no_time", grants::a_refused_wait_costs_no_time),
        ("fault_33_hardware_is_not_for_an_allocator", hostile::hardware_within_the_allocator),
        ("fault_31_ten_thousand_hostile_calls", hostile::ten_thousand_calls),
        ("fault_39_two_guests_at_one_pin", sharing::two_guests_at_one_pin),
        ("fault_40_a_stuck_bus_times_out", sharing::a_stuck_bus_times_out),
        ("handles_end_with_their_instance", sharing::handles_end_with_their_instance),
        ("a_trapped_guest_keeps_what_is_its_own", sharing::a_trapped_guest_keeps_what_is_its_own),
    ];
    for &(name, test) in tests {
        let engine = engine.clone();
        trials.push(Trial::test(format!("{on}::{name}"), move || test(engine)));
    }
}

/// Starts a guest on `bench`, as the `guest`th there.
fn start<E: Desk>(
    engine: E,
    wasm: &[u8],
    guest: u8,
    grants: Grants,
    bench: &Bench,
) -> Result<Guest<E, Machine>, Error> {
    let machine = Machine::new(guest, grants, bench.clone()).tracing(wasm);
    let imports = Imports::from(host::standard()).with_hardware();
    Guest::load(engine, wasm, Limits::SERVER, imports, machine)
}

/// The module of an example, in its canonical form.
fn module(name: &str) -> Result<Vec<u8>, Failed> {
    let wasm = examples::example(name)?;
    Ok(canonicalise(&wasm).map(Cow::into_owned)?)
}

/// A file beside the source of an example.
fn beside(name: &str, file: &str) -> Result<String, Failed> {
    let path = format!("{}/../guest/examples/{name}/{file}", env!("CARGO_MANIFEST_DIR"));
    Ok(std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?)
}

fn wants(name: &str) -> Result<Grants, Failed> {
    Ok(Terms::read(&beside(name, "grants.toml")?)?)
}

/// Calls an entry: reply or error's words.
fn call<E: Desk>(
    guest: &mut Guest<E, Machine>,
    entry: &str,
    request: &[u8],
) -> Result<Result<Vec<u8>, String>, Error> {
    let mut entry = guest.entry(entry)?;
    guest.call(&mut entry, request, PLENTY, |reply| {
        reply.map(<[u8]>::to_vec).map_err(|words| String::from_utf8_lossy(words).into_owned())
    })
}

/// Fails unless both are the same.
fn same<V: PartialEq + Debug>(came: V, expected: V) -> Result<(), Failed> {
    if came == expected { Ok(()) } else { Err(format!("{came:?}, not {expected:?}").into()) }
}

/// Units of fuel that suffice for all calls.
const PLENTY: u64 = 10_000_000;
