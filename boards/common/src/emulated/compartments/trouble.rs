//! One function for each kind of trouble.

use core::{fmt::Write as _, hint::black_box};

use aingle_wasm_backend_wasmi::config;
use aingle_wasm_core::{
    error::{Abstain, CallError, Error, ModuleError},
    host::{Cost, HostError, Import},
};
use aingle_wasm_fuel::spec::Spec;
use aingle_wasm_tests::{Probe, guests};
use wasmi::{Instance, Module, Store};

use super::{
    Console, Done, GREET, Lab, OURS, PREDECESSOR, Subject, failing,
    lab::{Answer, STACK},
    machine,
    tally::Tally,
};
use crate::compartment::claim;

/// Makes every kind of trouble; says how many guests were abandoned.
pub fn all(lab: &mut Lab, neighbour: &mut Lab) -> Done<u32> {
    for subject in [&OURS, &PREDECESSOR, &GREET] {
        allocations(lab, subject)?;
        stacks(lab, subject)?;
    }
    panics(lab)?;
    recursion(lab)?;
    bugs(lab)?;
    neighbours(lab, neighbour)?;
    endurance(lab)?;
    Ok(lab.compartment.abandoned().total())
}

/// Each allocation of load, start and call fails once.
fn allocations(lab: &mut Lab, subject: &Subject) -> Done {
    let expected = first(lab, subject)?;
    let mut tally = Tally::default();
    for number in 0.. {
        failing::fail(number);
        let ended = lab.attempt(subject);
        if !failing::did_fail() {
            break;
        }
        tally.count(ended, expected, Abstain::Memory)?;
        lab.is_well(subject, expected)?;
    }
    tally.print("allocations that fail", subject)
}

/// Each host function panics, or the processor faults in it.
fn panics(lab: &mut Lab) -> Done {
    const PANICKING: &[Import<Probe>] = &imports(|_, _, _| panic!());
    const FAULTING: &[Import<Probe>] = &imports(|_, _, _| machine::fault());
    let expected = first(lab, &OURS)?;
    for (what, imports, reason) in [
        ("host functions that panic", PANICKING, Abstain::Panic),
        ("host functions that fault", FAULTING, Abstain::Engine),
    ] {
        let mut tally = Tally::default();
        for entry in ["ask", "ask_fail", "ask_large", "ask_stop"] {
            let ended = lab.attempt_with(&Subject { entry, ..OURS }, imports);
            tally.count(ended, expected, reason)?;
            if lab.call(&OURS) != Err(CallError::Lost.into()) {
                return Err("an abandoned guest can be called");
            }
            lab.is_well(&OURS, expected)?;
        }
        tally.print(what, &OURS)?;
    }
    Ok(())
}

/// The stack has any size from 512 bytes to all that there is.
fn stacks(lab: &mut Lab, subject: &Subject) -> Done {
    let expected = first(lab, subject)?;
    let mut tally = Tally::default();
    let mut most = 0;
    for bytes in (512..STACK).step_by(16) {
        lab.compartment.region().limit_stack(bytes);
        let ended = lab.attempt(subject);
        if ended.is_err() {
            most = bytes;
        }
        tally.count(ended, expected, Abstain::Stack)?;
        lab.compartment.region().limit_stack(usize::MAX);
        lab.is_well(subject, expected)?;
    }
    lab.attempt(subject).map_err(|_| "a clean run fails")?;
    let touched = lab.compartment.region().stack_peak();
    tally.print("stacks", subject)?;
    let _ = writeln!(Console, "  {} bytes suffice, of which {touched} are touched", most + 16);
    // An interrupt takes up to 104 bytes, and may come in one run and not in the other.
    if touched.abs_diff(most) > 256 { Err("the peak of a stack is wrong") } else { Ok(()) }
}

/// A host function calls itself for ever, with floats, in a critical section, and with lines for the log.
fn recursion(lab: &mut Lab) -> Done {
    const PLAIN: &[Import<Probe>] = &imports(|_, _, _| Ok(deepen(1.5) as usize));
    const LOCKED: &[Import<Probe>] = &imports(|_, _, _| critical_section::with(|_| Ok(deepen(1.5) as usize)));
    const LOGGING: &[Import<Probe>] = &imports(|_, _, _| Ok(log(1) as usize));
    let expected = first(lab, &OURS)?;
    let mut tally = Tally::default();
    for imports in [PLAIN, LOCKED, LOGGING] {
        tally.count(lab.attempt_with(&OURS, imports), expected, Abstain::Stack)?;
        lab.is_well(&OURS, expected)?;
    }
    tally.print("host functions that recur for ever", &OURS)
}

/// Calls itself for ever.
#[inline(never)]
pub fn deepen(number: f32) -> f32 {
    match black_box(number) {
        0.0 => number,
        number => deepen(number + 0.5) * number,
    }
}

#[inline(never)]
fn log(depth: u32) -> u32 {
    claim(1024);
    defmt::info!("{=u32} deep", depth);
    match black_box(depth) {
        0 => depth,
        depth => log(depth + 1) + depth,
    }
}

/// Modules that the check would refuse, since wasmi fails on them.
fn bugs(lab: &mut Lab) -> Done {
    let expected = first(lab, &OURS)?;
    let mut run = |wasm: &'static [u8]| {
        let ended = lab.compartment.load(|| run_unchecked(wasm));
        lab.is_well(&OURS, expected).map(|()| ended)
    };
    if run(guests::FAR_STORE)? != Err(Abstain::Panic.into()) {
        return Err("the translator does not panic any more");
    }
    // It ends, and with the wrong number.
    if run(guests::BLOCK_PARAMETERS)? != Err(ModuleError::Invalid.into()) {
        return Err("the translator has become right");
    }
    let _ = writeln!(Console, "modules that wasmi fails on: 2, 1 abandoned");
    Ok(())
}

/// Runs a module on wasmi without the check. There is never a guest to keep; `Invalid` says that it gave a wrong number.
fn run_unchecked<G>(wasm: &[u8]) -> Result<G, Error> {
    let run = || {
        let module = Module::new(&wasmi::Engine::new(&config(&Spec::V1)), wasm)?;
        let mut store = Store::new(module.engine(), ());
        store.set_fuel(1000)?;
        let instance = Instance::new(&mut store, &module, &[])?;
        instance.get_typed_func::<i32, i32>(&store, "run")?.call(&mut store, 0)
    };
    Err(match run() {
        Ok(44) => CallError::NoEntry.into(),
        Ok(_) => ModuleError::Invalid.into(),
        Err::<_, wasmi::Error>(_) => Abstain::Engine.into(),
    })
}

/// A guest is abandoned between two calls of another.
fn neighbours(lab: &mut Lab, neighbour: &mut Lab) -> Done {
    let counts = |reply| Subject { entry: "count", reply, ..OURS };
    let expected = first(neighbour, &counts(&[1]))?;
    if neighbour.attempt(&counts(&[1])) != Ok(expected) {
        return Err("a neighbour does not start");
    }
    if lab.compartment.load(|| panic!()) != Err(Abstain::Panic.into()) {
        return Err("a panic is not one");
    }
    if neighbour.call(&counts(&[2])) != Ok(expected) || neighbour.compartment.abandoned().total() != 0 {
        return Err("a neighbour is harmed");
    }
    let _ = writeln!(Console, "guests beside one that was abandoned: 1 unharmed");
    Ok(())
}

/// Thousands of guests are abandoned, and nothing wears out.
fn endurance(lab: &mut Lab) -> Done {
    let expected = first(lab, &OURS)?;
    for round in 0..10_000 {
        let ended = lab.compartment.load(|| {
            let _engine = wasmi::Engine::new(&config(&Spec::V1));
            panic!()
        });
        if ended != Err(Abstain::Panic.into()) {
            return Err("a panic is not one");
        }
        if round % 500 == 0 {
            lab.is_well(&OURS, expected)?;
        }
    }
    let _ = writeln!(Console, "one after the other: 10000 abandoned");
    lab.is_well(&OURS, expected)
}

/// The suite's host functions, which all do the same.
const fn imports(call: fn(&mut Probe, &[u8], &mut [u8]) -> Result<usize, HostError>) -> [Import<Probe>; 4] {
    [
        Import::new("echo", 64, Cost::STANDARD, call),
        Import::new("fail", 64, Cost::STANDARD, call),
        Import::new("large", 64, Cost::STANDARD, call),
        Import::new("stop", 0, Cost::STANDARD, call),
    ]
}

/// What a clean run comes to.
fn first(lab: &mut Lab, subject: &Subject) -> Done<Answer> {
    let answer = lab.attempt(subject).map_err(|_| "the first clean run fails")?;
    lab.is_well(subject, answer).map(|()| answer)
}
