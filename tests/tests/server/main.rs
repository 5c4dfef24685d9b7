//! What a server needs of an engine, on both: host functions of every kind, pools, panics that cost one call.

#![forbid(unsafe_code)]

#[path = "../support/compilers.rs"]
mod compilers;
#[path = "../support/examples.rs"]
mod examples;
mod hosts;
mod pools;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use aingle_wasm_core::{
    engine::{Engine, Limits},
    error::Error,
    guest::Guest,
    host::{self, Cost, HostError, Import, Imports, Platform},
    log::Log,
    pool::Pool,
};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut trials = Vec::new();
    list("wasmi", aingle_wasm_backend_wasmi::Engine::default(), &mut trials);
    for (compiler, engine) in compilers::engines() {
        list(&format!("wasmer {compiler}"), engine, &mut trials);
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn list<E: Server>(on: &str, engine: E, trials: &mut Vec<Trial>) {
    let mut case = |name: &str, case: fn(E) -> Result<(), Failed>| {
        let engine = engine.clone();
        trials.push(Trial::test(format!("{on}::{name}"), move || case(engine)));
    };
    case("a_closure_keeps_its_own_state", hosts::a_closure_keeps_its_own_state);
    case("values_go_both_ways", hosts::values_go_both_ways);
    case("a_guest_of_ours_asks_for_values", hosts::a_guest_of_ours_asks_for_values);
    case("an_error_reaches_the_guest", hosts::an_error_reaches_the_guest);
    case("fault_33_calling_the_pool_back_gets_another_guest", hosts::calling_back_gets_another_guest);
    case("fault_33_calling_back_for_ever_ends", hosts::calling_back_for_ever_ends);
    case("a_panic_costs_one_call", hosts::a_panic_costs_one_call);
    case("nothing_survives_a_call", pools::nothing_survives_a_call);
    case("the_state_is_made_when_the_call_is", pools::the_state_is_made_when_the_call_is);
    case("each_thread_has_its_own_guest", pools::each_thread_has_its_own_guest);
    case("a_pool_that_is_gone_keeps_nothing", pools::a_pool_that_is_gone_keeps_nothing);
    case("a_closure_that_panics_loses_one_guest", pools::a_closure_that_panics_loses_one_guest);
}

/// An engine that threads may share.
trait Server:
    Engine<State, Module: Send + Sync + 'static, Instance: 'static> + Clone + Send + Sync + 'static
{
}

impl<E> Server for E where
    E: Engine<State, Module: Send + Sync + 'static, Instance: 'static> + Clone + Send + Sync + 'static
{
}

/// The host's state for one call.
#[derive(Default)]
struct State {
    log: Log,
    calls: u32,
    /// Counts the states that there are.
    _alive: Option<Alive>,
}

impl Platform for State {
    fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    fn micros(&mut self) -> Option<u64> {
        None
    }
}

struct Alive(Arc<AtomicU32>);

impl Alive {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn divide((a, b): (u32, u32)) -> Result<u32, String> {
    a.checked_div(b).ok_or_else(|| format!("{a} by 0"))
}

/// Functions, a typed one, and a closure that counts over all guests; `again` is what the host does when a guest asks
/// it to call a guest.
fn imports(
    tally: Arc<AtomicU32>,
    again: impl Fn() -> Result<u8, Error> + Send + Sync + 'static,
) -> Imports<State> {
    let log = |state: &mut State, request: &[u8], _: &mut [u8]| {
        state.log.push(aingle_wasm_core::log::Level::Info, request);
        Ok(0)
    };
    vec![
        Import::new("__aingle_log", 0, Cost::STANDARD, log),
        Import::new("divide", 5, Cost::STANDARD, |state, request, room| {
            state.calls += 1;
            host::typed(request, room, divide)
        }),
        Import::closure("tally", 4, Cost::STANDARD, move |_, request, room| {
            let sum = tally.fetch_add(request.len() as u32, Ordering::SeqCst) + request.len() as u32;
            room[..4].copy_from_slice(&sum.to_le_bytes());
            Ok(4)
        }),
        Import::new("panic", 0, Cost::STANDARD, |_, _, _| {
            panic!("a host function panics, as this test wants")
        }),
        Import::closure("again", 1, Cost::STANDARD, move |_, _, room| match again() {
            Ok(count) => {
                room[0] = count;
                Ok(1)
            }
            Err(error) => Err(HostError::failed(&error.to_string(), room)),
        }),
    ]
    .into()
}

fn wasm() -> Vec<u8> {
    wat::parse_str(include_str!("guest.wat")).expect("the guest assembles")
}

fn load<E: Server>(engine: E) -> Result<Guest<E, State>, Error> {
    let imports = imports(Arc::default(), || Ok(0));
    Guest::load(engine, &wasm(), Limits::SERVER, imports, State::default())
}

fn pool<E: Server>(engine: E, alive: &Arc<AtomicU32>) -> Result<Pool<E, State>, Error> {
    let module = engine.load(&wasm(), Limits::SERVER)?;
    let alive = alive.clone();
    let state = move || State { _alive: Some(Alive::new(&alive)), ..State::default() };
    Ok(Pool::new(engine, module, imports(Arc::default(), || Ok(0)), state))
}

/// An answer, as `Ok` or `Err` bytes.
fn owned(reply: Result<&[u8], &[u8]>) -> Result<Vec<u8>, Vec<u8>> {
    reply.map(<[u8]>::to_vec).map_err(<[u8]>::to_vec)
}

fn ensure(holds: bool, what: impl std::fmt::Display) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.to_string().into()) }
}

/// Fuel that suffices for whatever ends by itself.
const PLENTY: u64 = 100_000;
