//! Every limit from nothing to what a call costs, on the engines of a desktop: the same outcome, fuel, host calls
//! and memory at each.

#![forbid(unsafe_code)]

#[path = "../support/compilers.rs"]
mod compilers;
mod programs;

use std::borrow::Cow;

use aingle_wasm_core::{
    crc::crc32,
    engine::{Engine, Value},
    error::{Error, Trap},
    guest,
};
use aingle_wasm_tests::{IMPORTS, LIMITS, Probe};
use libtest_mimic::{Arguments, Failed, Trial};
use programs::{Call, Guest, Program};

fn main() {
    let trials = programs::ALL.iter().map(|program| Trial::test(program.name, || program.sweep()));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

impl Program {
    fn sweep(&self) -> Result<(), Failed> {
        let wasm = match self.guest {
            Guest::Text(text) => Cow::from(wat::parse_str(text)?),
            Guest::Built(wasm) => wasm.into(),
        };
        let wasmi = aingle_wasm_backend_wasmi::Engine::default();
        let whole = Step::of(&mut load(wasmi, &wasm)?, self.call, self.most);
        let as_due = match (&whole.outcome, self.end) {
            (Ok(_), None) => true,
            (Err(error), Some(trap)) => *error == trap.into(),
            _ => false,
        };
        if !as_due {
            return Err(format!("with fuel to spare: {whole:#?}").into());
        }
        let cost = if self.end == Some(Trap::OutOfFuel) { self.most } else { whole.fuel_used };
        let mut wasmi = load(wasmi, &wasm)?;
        let wasmers = compilers::engines().map(|(compiler, engine)| Ok((compiler, load(engine, &wasm)?)));
        let mut wasmers: Vec<_> = wasmers.collect::<Result<_, Failed>>()?;
        for limit in 0..=cost {
            let left = Step::of(&mut wasmi, self.call, limit);
            for (compiler, wasmer) in &mut wasmers {
                let right = Step::of(wasmer, self.call, limit);
                if left != right {
                    let what = format!("wasmi {left:#?}, wasmer with {compiler} {right:#?}");
                    return Err(format!("under {limit} of {cost} units: {what}").into());
                }
            }
            let due = match limit {
                _ if limit == cost => left == whole,
                _ => left.outcome == OUT_OF_FUEL && left.fuel_used <= limit,
            };
            if !due {
                return Err(format!("under {limit} of {cost} units: {left:#?}, but whole {whole:#?}").into());
            }
        }
        Ok(())
    }
}

/// All that must be the same on all engines.
#[derive(Debug, PartialEq)]
struct Step {
    outcome: Result<Outcome, Error>,
    fuel_used: u64,
    /// Host calls, and a checksum over their names and requests.
    host_calls: (u32, u32),
    /// CRC-32 of the guest's memory; of a run that trapped there is none.
    memory: u32,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Results(Vec<Value>),
    Reply(Vec<u8>),
}

impl Step {
    fn of<E: Engine<Probe>>(guest: &mut guest::Guest<E, Probe>, call: Call, limit: u64) -> Self {
        let outcome = match call {
            Call::Export(name, argument) => {
                guest.invoke(name, &[argument], limit).map(|results| Outcome::Results(results.to_vec()))
            }
            Call::Entry(name, request) => guest.entry(name).and_then(|mut entry| {
                let reply = |reply: Result<&[u8], &[u8]>| reply.unwrap_or_default().to_vec();
                guest.call(&mut entry, request, limit, reply).map(Outcome::Reply)
            }),
        };
        let memory = guest.with_memory(crc32);
        Self { outcome, fuel_used: guest.fuel_used(), host_calls: guest.host_calls(), memory }
    }
}

fn load<E: Engine<Probe>>(engine: E, wasm: &[u8]) -> Result<guest::Guest<E, Probe>, Failed> {
    Ok(guest::Guest::load(engine, wasm, LIMITS, IMPORTS, Probe::default())?)
}

const OUT_OF_FUEL: Result<Outcome, Error> = Err(Error::Trap(Trap::OutOfFuel));
