//! Makes the golden vectors: what a few written and many random programs do on wasmi; wasmer must do the same.
//!
//! `cargo xtask vectors` runs this: `vectors FILE`. As long as neither programs nor fuel change, the file is the same
//! each time.

#![forbid(unsafe_code)]

mod coverage;
#[path = "../parity/host.rs"]
mod host;
#[path = "../parity/program.rs"]
mod program;
#[path = "../../tests/vectors/set.rs"]
mod set;
#[path = "../parity/trace.rs"]
mod trace;
mod written;

use std::{env, error::Error, fs};

use aingle_wasm_core::{
    engine::{Limits, Values},
    error,
};
use aingle_wasm_fuel::{Profile, canonicalise, check, spec::Spec};

use coverage::Missing;
use program::{Program, Seed};
use set::{Case, Expected, Set, Vector};
use trace::{Step, Trace};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let file = env::args().nth(1).ok_or("usage: vectors FILE")?;
    let mut missing = Missing::all();
    let mut cases = Vec::new();
    let written = [written::operators()?, written::traps()?, written::faults()?].into_iter();
    let random = (1..).filter_map(random);
    let mut left = VECTORS;
    for mut program in written.chain(random) {
        let Some(steps) = ran(&mut program) else { continue };
        program.calls.truncate(left);
        left -= program.calls.len();
        missing.strike(&program, &steps)?;
        cases.push(case(&program, &steps)?);
        if left == 0 {
            break;
        }
    }
    if let Some(names) = missing.names() {
        return Err(format!("no vector reaches {names}").into());
    }
    let programs = cases.len();
    let bytes = postcard::to_allocvec(&Set { fuel_spec: Spec::V1.hash(), cases })?;
    fs::write(&file, &bytes)?;
    println!(
        "{VECTORS} vectors of {programs} programs, {} bytes: every operator ran, every trap that an export can run into is there",
        bytes.len()
    );
    Ok(())
}

/// The program of that number, when it is small and every machine takes it.
fn random(number: u64) -> Option<Program> {
    let mut program = Seed { bytes: 512 + (number % 8) as usize * 448, ..Seed::new(number) }.program()?;
    if check(&program.wasm, &Profile::DEVICE).is_err() {
        program.wasm = canonicalise(&program.wasm).ok()?.into_owned();
    }
    (program.wasm.len() <= SMALL).then_some(program)
}

/// What wasmi makes of the program, but for calls that cannot be made.
fn ran(program: &mut Program) -> Option<Vec<Step>> {
    let run = |program: &Program| match Trace::of(wasmi(), LIMITS, program) {
        trace if trace.abstained() => None,
        Trace::Ran(steps) => Some(steps),
        Trace::Refused(_) | Trace::Panicked => None,
    };
    let ended = |step: Step| matches!(step.outcome, Ok(_) | Err(error::Error::Trap(_)));
    let mut can_be_made = run(program)?.into_iter().map(ended);
    program.calls.retain(|_| can_be_made.next() == Some(true));
    run(program).filter(|steps| !steps.is_empty())
}

/// The vectors of a program, which wasmer must agree with.
fn case(program: &Program, steps: &[Step]) -> Result<Case> {
    let wasmer = aingle_wasm_backend_wasmer::Engine::default();
    match Trace::of(wasmer, LIMITS, program) {
        Trace::Ran(others) if others[..] == steps[..others.len()] => (),
        other => return Err(format!("{:?}: wasmi {steps:?}, wasmer {other:?}", program.calls).into()),
    }
    let vector = |(call, step): (&program::Call, &Step)| {
        let (host_calls, host_digest) = step.host_calls;
        let outcome = step.outcome.clone().map_err(|error| error.code());
        Ok(Vector {
            export: call.export.clone(),
            arguments: Values::from_slice(&call.arguments).map_err(|_| "too many arguments")?,
            fuel: call.fuel,
            expected: Expected { outcome, fuel_used: step.fuel_used, host_calls, host_digest },
            memory: step.memory,
        })
    };
    let vectors = program.calls.iter().zip(steps).map(vector).collect::<Result<_>>()?;
    Ok(Case { wasm: program.wasm.clone(), vectors })
}

fn wasmi() -> aingle_wasm_backend_wasmi::Engine {
    aingle_wasm_backend_wasmi::Engine::default()
}

/// How many vectors there are.
const VECTORS: usize = 1000;

/// Longest module, in bytes.
const MODULE: usize = 8 << 10;

/// Longest random module, in bytes.
const SMALL: usize = 5000;

/// What any board gives a guest.
const LIMITS: Limits = Limits { module: MODULE as u32, memory: 512 << 10 };
