//! What an engine makes of a module.

use aingle_wasm_core::{
    crc::crc32,
    engine::{Engine, Limits, Value},
    error::Error,
    guest::Guest,
    host::Import,
};
use aingle_wasm_fuel::{Summary, summary};

/// All that must be the same on every engine.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    Refused(Error),
    Taken(Vec<Step>),
}

/// What a call came to.
#[derive(Debug, PartialEq)]
pub struct Step {
    export: String,
    outcome: Result<Outcome, Error>,
    /// Units; 0 when there was no run, or the machine abstained.
    fuel_used: u64,
    /// Host calls, and a checksum over their names and requests.
    host_calls: (u32, u32),
    /// CRC-32 of the guest's memory; of a run that trapped there is none.
    memory: u32,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Results(Vec<Value>),
    /// The bytes, and whether the guest marked them as an error.
    Reply(Vec<u8>, bool),
}

/// What a guest is loaded with.
pub struct Setting<T: 'static> {
    pub limits: Limits,
    pub imports: &'static [Import<T>],
    pub state: fn() -> T,
}

impl Verdict {
    /// Loads a module and, if it is taken, calls all that it exports, twice.
    pub fn of<T, E: Engine<T>>(engine: E, wasm: &[u8], setting: Setting<T>) -> Self {
        let Setting { limits, imports, state } = setting;
        let mut guest = match Guest::load(engine, wasm, limits, imports, state()) {
            Ok(guest) => guest,
            Err(error) => return Self::Refused(error),
        };
        let mut steps = Vec::new();
        for (export, parameters) in functions(wasm) {
            for (number, request) in ROUNDS {
                let arguments: Vec<_> = parameters.iter().map(|ty| argument(*ty, number)).collect();
                let outcome =
                    guest.invoke(&export, &arguments, FUEL).map(|results| Outcome::Results(results.to_vec()));
                steps.push(step(&mut guest, &export, outcome));
                let outcome = call(&mut guest, &export, request);
                steps.push(step(&mut guest, &export, outcome));
            }
        }
        Self::Taken(steps)
    }

    /// Where two verdicts differ first.
    pub fn beside(&self, other: &Self) -> String {
        let (Self::Taken(steps), Self::Taken(others)) = (self, other) else {
            return format!("{self:?}\n{other:?}");
        };
        let differs = steps.iter().zip(others).find(|(step, other)| step != other);
        differs.map_or_else(String::new, |(step, other)| format!("{step:?}\n{other:?}"))
    }

    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Taken(_))
    }
}

fn step<T, E: Engine<T>>(guest: &mut Guest<E, T>, export: &str, outcome: Result<Outcome, Error>) -> Step {
    // What was used before the machine ran out of something real is no verdict.
    let silent = matches!(outcome, Err(Error::Abstain(_) | Error::Call(_)));
    Step {
        export: export.to_owned(),
        outcome,
        fuel_used: if silent { 0 } else { guest.fuel_used() },
        host_calls: guest.host_calls(),
        memory: guest.with_memory(crc32),
    }
}

/// Calls an export as an entry, which it may not be.
fn call<T, E: Engine<T>>(guest: &mut Guest<E, T>, export: &str, request: &[u8]) -> Result<Outcome, Error> {
    let mut entry = guest.entry(export)?;
    guest.call(&mut entry, request, FUEL, |reply| match reply {
        Ok(bytes) => Outcome::Reply(bytes.to_vec(), false),
        Err(bytes) => Outcome::Reply(bytes.to_vec(), true),
    })
}

/// The exported functions and their parameters.
fn functions(wasm: &[u8]) -> Vec<(String, Vec<summary::Value>)> {
    let exports = Summary::read(wasm).map(|summary| summary.exports).unwrap_or_default();
    let function = |export: summary::Export| match export.ty {
        summary::Type::Function(signature) => Some((export.name, signature.parameters)),
        _ => None,
    };
    exports.into_iter().filter_map(function).collect()
}

fn argument(ty: summary::Value, number: u64) -> Value {
    match ty {
        summary::Value::I64 => Value::I64(number),
        summary::Value::F32 => Value::F32(number as u32),
        summary::Value::F64 => Value::F64(number),
        _ => Value::I32(number as u32),
    }
}

/// What each export is called with: a number for every parameter, or a request.
const ROUNDS: [(u64, &[u8]); 2] = [(3, b"hello"), (u64::MAX - 7, b"")];

/// Enough for a good call, too little for a loop that matters.
const FUEL: u64 = 20_000;
