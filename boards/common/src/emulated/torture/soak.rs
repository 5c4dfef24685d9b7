//! Guests that come, answer, trap, are abandoned and go in a random order.

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, CallError, Error, Trap},
    guest::Guest,
    host::{Cost, HostError, Import},
};
use aingle_wasm_tests::{IMPORTS, Probe, damage::mix, guests};

use super::{Clock, ROUND};
use crate::emulated::{
    Console, Done,
    compartments::{Lab, OURS},
};

/// Does it until the time is over; afterwards every heap must be at its base line.
pub fn run(labs: [Lab; 2], seed: u64, clock: &Clock) -> Done {
    let mut places = labs.map(|lab| Place { lab, calls: None });
    let [place, _] = &mut places;
    let expected = place.lab.attempt(&OURS).map_err(|_| "the first clean run fails")?;
    place.lab.is_well(&OURS, expected)?;
    let mut counts = [0_u32; ACTS.len()];
    let mut state = seed;
    while !clock.is_over() || counts.contains(&0) {
        for _ in 0..ROUND {
            state = mix(state);
            let place = &mut places[(state % 2) as usize];
            let act = (state >> 8) as usize % ACTS.len();
            ACTS[act].1(place).map_err(|()| ACTS[act].0)?;
            counts[act] += 1;
        }
    }
    let _ = write!(Console, "seed {seed}, in a random order");
    for ((name, _), count) in ACTS.iter().zip(counts) {
        let _ = write!(Console, ", {count} {name}");
    }
    let _ = writeln!(Console);
    places.iter_mut().try_for_each(|place| place.lab.is_well(&OURS, expected))
}

/// A guest's place, and what is known of the guest.
struct Place {
    lab: Lab,
    /// How often the guest has counted since it was started; `None` when there is no guest.
    calls: Option<u8>,
}

/// What is done, and what it must come to: the guest is there or not, and counts on or from the start.
type Act = fn(&mut Place) -> Result<(), ()>;

const ACTS: [(&str, Act); 8] = [
    ("loads", |place| {
        place.calls = Some(0);
        place.load(IMPORTS).is(Ok(()))
    }),
    ("loads of what is no guest", |place| {
        place.calls = None;
        let load = || Guest::load(Engine::default(), &guests::OURS[..99], LIMITS, IMPORTS, Probe::default());
        match place.lab.compartment.load(load) {
            Err(Error::Rule(_)) => Ok(()),
            _ => Err(()),
        }
    }),
    ("unloads", |place| {
        place.calls = None;
        place.lab.compartment.unload().is(Ok(()))
    }),
    ("calls", |place| {
        let Some(calls) = &mut place.calls else { return place.call("count").is(LOST) };
        *calls = calls.wrapping_add(1);
        let count = *calls;
        place.call("count").is(Ok(Some(count)))
    }),
    ("calls that call the host", |place| match place.calls {
        Some(_) => place.call("ask").is(Ok(Some(b'?'))),
        None => place.call("ask").is(LOST),
    }),
    ("traps", |place| {
        let Some(calls) = &mut place.calls else { return place.call("crash").is(LOST) };
        *calls = 0;
        place.call("crash").is(Err(Trap::Unreachable.into()))
    }),
    ("calls that run out of fuel", |place| {
        let Some(calls) = &mut place.calls else { return place.call("hang").is(LOST) };
        *calls = 0;
        place.call("hang").is(Err(Trap::OutOfFuel.into()))
    }),
    ("abandonments", |place| {
        place.calls = None;
        place.load(PANICKING).is(Ok(()))?;
        place.call("ask").is(Err(Abstain::Panic.into()))
    }),
];

impl Place {
    fn load(&mut self, imports: &'static [Import<Probe>]) -> Result<(), Error> {
        let load = || Guest::load(Engine::default(), guests::OURS, LIMITS, imports, Probe::default());
        self.lab.compartment.load(load)
    }

    /// Calls an entry; the first byte that it answers with.
    fn call(&mut self, entry: &str) -> Result<Option<u8>, Error> {
        self.lab.compartment.with(|guest| {
            let mut entry = guest.entry(entry)?;
            guest.call(&mut entry, b"?", FUEL, |reply| reply.ok().and_then(|reply| reply.first().copied()))
        })?
    }
}

/// Compares what came with what must.
trait Is: Sized + PartialEq {
    fn is(self, expected: Self) -> Result<(), ()> {
        if self == expected { Ok(()) } else { Err(()) }
    }
}

impl<T: PartialEq> Is for Result<T, Error> {}

const LOST: Result<Option<u8>, Error> = Err(Error::Call(CallError::Lost));

/// The suite's host functions, with one that panics.
const PANICKING: &[Import<Probe>] = &{
    const fn import(name: &'static str) -> Import<Probe> {
        fn call(_: &mut Probe, _: &[u8], _: &mut [u8]) -> Result<usize, HostError> {
            panic!()
        }
        Import::new(name, 64, Cost::STANDARD, call)
    }
    [import("echo"), import("fail"), import("large"), import("stop")]
};

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };

const FUEL: u64 = 20_000;
