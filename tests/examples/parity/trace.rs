//! What a program does on an engine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aingle_wasm_core::{
    crc::crc32,
    engine::{Engine, Limits, Values},
    error::Error,
    guest::Guest,
    host,
    log::Log,
};

use crate::program::Program;

/// All that must be the same on every engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Trace {
    /// Never the same as anything.
    Panicked,
    Refused(Error),
    Ran(Vec<Step>),
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub outcome: Result<Values, Error>,
    pub fuel_used: u64,
    /// Host calls, and a checksum over their names and requests.
    pub host_calls: (u32, u32),
    /// CRC-32 of the guest's memory; of a run that trapped there is none.
    pub memory: u32,
}

impl Trace {
    pub fn of<E: Engine<Log>>(engine: E, limits: Limits, program: &Program) -> Self {
        let run = AssertUnwindSafe(|| Self::run(engine, limits, program));
        catch_unwind(run).unwrap_or(Self::Panicked)
    }

    fn run<E: Engine<Log>>(engine: E, limits: Limits, program: &Program) -> Self {
        let mut guest = match Guest::load(engine, &program.wasm, limits, host::standard(), Log::new()) {
            Ok(guest) => guest,
            Err(error) => return Self::Refused(error),
        };
        let steps = program.calls.iter().map(|call| {
            let outcome = guest.invoke(&call.export, &call.arguments, call.fuel);
            Step {
                outcome,
                fuel_used: guest.fuel_used(),
                host_calls: guest.host_calls(),
                memory: guest.with_memory(crc32),
            }
        });
        Self::Ran(steps.collect())
    }

    /// Whether the machine ran out of something real: then it has no opinion.
    pub fn abstained(&self) -> bool {
        match self {
            Self::Panicked => false,
            Self::Refused(error) => silent(Some(error)),
            Self::Ran(steps) => steps.iter().any(|step| silent(step.outcome.as_ref().err())),
        }
    }
}

/// Whether an error is no opinion.
pub fn silent(error: Option<&Error>) -> bool {
    matches!(error, Some(Error::Abstain(_)))
}
