//! Modules at each limit and beyond it, on the engines of a desktop: what the check takes runs the same on all of
//! them, whatever lowering adds to it, and what is too large is too large for all.

#![forbid(unsafe_code)]

#[path = "../support/compilers.rs"]
mod compilers;
mod module;

use aingle_wasm_core::{
    engine::{Engine, Limits},
    error::{Error, ModuleError},
    guest::Guest,
};
use aingle_wasm_fuel::{Profile, Rule, Summary};
use libtest_mimic::{Arguments, Failed, Trial};
use module::{Pages, module};

fn main() {
    let mut trials: Vec<_> = LIMITS
        .iter()
        .map(|(rule, widen)| {
            Trial::test(format!("{rule:?}"), || {
                for pages in [Pages::Large, Pages::Bytes] {
                    taken(&module(&widen(0), pages, "run"))?;
                    refused(&module(&widen(1), pages, "run"), Error::Rule(rule.code()))?;
                }
                Ok(())
            })
        })
        .collect();
    trials.push(Trial::test("names", || {
        for len in [LONGEST_NAME - 20, LONGEST_NAME - 19, LONGEST_NAME - 18, LONGEST_NAME] {
            taken(&module(&SMALL, Pages::Large, &"n".repeat(len - NUMBER)))?;
        }
        let longer = "n".repeat(LONGEST_NAME + 1 - NUMBER);
        refused(&module(&SMALL, Pages::Large, &longer), ModuleError::Invalid.into())
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Every engine runs the module's entries, for the same fuel.
fn taken(wasm: &[u8]) -> Result<(), Failed> {
    let exports = Summary::read(wasm)?.exports;
    let names = [exports.get(2), exports.last()].map(|export| export.map_or("", |export| &export.name));
    let wasmi = fuel(aingle_wasm_backend_wasmi::Engine::default(), wasm, names)
        .map_err(|error| format!("wasmi: {error}"))?;
    for (compiler, engine) in compilers::engines() {
        let wasmer = fuel(engine, wasm, names).map_err(|error| format!("wasmer with {compiler}: {error}"))?;
        if wasmer != wasmi {
            return Err(format!("wasmi took {wasmi:?} units, wasmer with {compiler} {wasmer:?}").into());
        }
    }
    Ok(())
}

/// What a call of each entry uses, in units.
fn fuel<E: Engine<()>>(engine: E, wasm: &[u8], names: [&str; 2]) -> Result<[u64; 2], Error> {
    let mut guest = Guest::load(engine, wasm, ROOM, &[], ())?;
    let mut used = [0; 2];
    for (name, used) in names.into_iter().zip(&mut used) {
        let mut entry = guest.entry(name)?;
        guest.call(&mut entry, b"", PLENTY, |_| ())?;
        *used = guest.fuel_used();
    }
    Ok(used)
}

/// Every engine refuses the module for the same reason.
fn refused(wasm: &[u8], due: Error) -> Result<(), Failed> {
    let wasmi = Guest::load(aingle_wasm_backend_wasmi::Engine::default(), wasm, ROOM, &[], ()).err();
    if wasmi != Some(due) {
        return Err(format!("wasmi: {wasmi:?} instead of {due:?}").into());
    }
    for (compiler, engine) in compilers::engines() {
        let wasmer = Guest::load(engine, wasm, ROOM, &[], ()).err();
        if wasmer != Some(due) {
            return Err(format!("wasmer with {compiler}: {wasmer:?} instead of {due:?}").into());
        }
    }
    Ok(())
}

/// A profile that is at a limit, or so far beyond it.
type Widened = fn(u16) -> Profile;

/// The rule of each limit.
const LIMITS: &[(Rule, Widened)] = &[
    (Rule::ModuleSize, |more| Profile { module: DEVICE.module + u32::from(more), ..SMALL }),
    (Rule::Types, |more| Profile { types: DEVICE.types + more, ..SMALL }),
    (Rule::Functions, |more| Profile { functions: DEVICE.functions + more, ..SMALL }),
    (Rule::Globals, |more| Profile { globals: DEVICE.globals + more, ..SMALL }),
    (Rule::Exports, |more| Profile { exports: DEVICE.exports + more, ..SMALL }),
    (Rule::Elements, |more| Profile { elements: DEVICE.elements + more, ..SMALL }),
    (Rule::Data, |more| Profile { data: DEVICE.data + more, ..SMALL }),
    (Rule::TableSize, |more| Profile { table: DEVICE.table + u32::from(more), ..SMALL }),
    (Rule::Parameters, |more| Profile { parameters: DEVICE.parameters + more as u8, ..SMALL }),
    (Rule::Results, |more| Profile { results: DEVICE.results + more as u8, ..SMALL }),
    (Rule::BodySize, |more| Profile { body: DEVICE.body + u32::from(more), ..SMALL }),
    (Rule::Locals, |more| Profile { locals: DEVICE.locals + more, ..SMALL }),
    (Rule::Operands, |more| Profile { operands: DEVICE.operands + more, ..SMALL }),
    (Rule::Nesting, |more| Profile { nesting: DEVICE.nesting + more, ..SMALL }),
    (Rule::Targets, |more| Profile { targets: DEVICE.targets + more, ..SMALL }),
    // Calls make it a multiple of two.
    (Rule::Complexity, |more| Profile { complexity: DEVICE.complexity + 2 * u32::from(more), ..SMALL }),
];

const DEVICE: Profile = Profile::DEVICE;

/// Nothing is near its limit.
const SMALL: Profile = Profile {
    module: 0,
    types: 3,
    functions: 4,
    globals: 2,
    exports: 4,
    elements: 1,
    data: 2,
    table: 1,
    parameters: 1,
    results: 1,
    body: 0,
    locals: 3,
    operands: 3,
    nesting: 2,
    targets: 3,
    complexity: 0,
    ..DEVICE
};

const ROOM: Limits = Limits { module: u32::MAX, ..Limits::SERVER };

/// Bytes of a name, as the libraries have it that read modules.
const LONGEST_NAME: usize = 100_000;

/// Digits behind a name.
const NUMBER: usize = 4;

/// More than an entry needs, in units.
const PLENTY: u64 = 10_000_000;
