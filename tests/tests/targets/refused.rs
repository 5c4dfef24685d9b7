//! Modules that no target takes: each has its own code, the same everywhere, and the next guest is loaded.

use aingle_wasm_core::error::{Abstain, Error, ModuleError};
use aingle_wasm_fuel::Rule;
use libtest_mimic::{Failed, Trial};

use crate::{
    Done,
    all::{All, End},
    ensure, guests, trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    let cases: [(&str, Make, Error); 11] = [
        ("fault_21::garbage", || Ok(b"not a module at all".to_vec()), rule(Rule::Malformed)),
        ("fault_21::cut", cut, rule(Rule::Malformed)),
        ("fault_21::ill_typed", ill_typed, ModuleError::Invalid.into()),
        ("fault_22::memory", || text("(module (memory 32768))"), Abstain::Memory.into()),
        ("fault_22::table", || text("(module (table 200000 funcref))"), rule(Rule::TableSize)),
        ("fault_23::start", || text(include_str!("../../guests/refused/start.wat")), rule(Rule::Start)),
        (
            "fault_24::import",
            || text(include_str!("../../guests/refused/import_unknown.wat")),
            Error::Import(1),
        ),
        ("fault_24::import_type", import_type, Error::Import(0)),
        ("fault_22::simd", || text(include_str!("../../guests/refused/simd.wat")), rule(Rule::Simd)),
        ("fault_20::newer_abi", guests::newer, ModuleError::AbiVersion.into()),
        ("fault_20::record_outside", record_outside, ModuleError::AbiRecord.into()),
    ];
    for (name, make, error) in cases {
        trials.push(trial(&format!("{name}_is_refused"), move || refused(make, error)));
    }
    trials.push(trial("fault_22::module_is_too_long", too_long));
}

type Make = fn() -> Result<Vec<u8>, Failed>;

fn refused(make: Make, error: Error) -> Done {
    let wasm = make()?;
    let mut all = All::with(&guests::ours()?)?;
    for _ in 0..2 {
        let code = all.refuse(&wasm)?;
        ensure!(code == (error.code(), error.detail()), "{code:?}, not {error}");
        good(&mut all)?;
    }
    Ok(())
}

/// How long it may be differs, what is said does not.
fn too_long() -> Done {
    let mut all = All::open()?;
    all.each("load", |target| {
        let room = target.info().body;
        let wasm = vec![0; room as usize + 1];
        match target.load(&wasm, |_| ()) {
            Err(aingle_wasm::Error::ModuleTooLong(most)) if most == room => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })?;
    good(&mut all)
}

fn good(all: &mut All) -> Done {
    all.load(&guests::ours()?)?;
    let seen = all.call("ask", b"good")?;
    ensure!(seen.end == End::Reply(b"host:good".to_vec()), "afterwards: {seen:?}");
    Ok(())
}

fn text(text: &str) -> Result<Vec<u8>, Failed> {
    Ok(wat::parse_str(guests::on_standard(text))?)
}

fn cut() -> Result<Vec<u8>, Failed> {
    let mut wasm = guests::ours()?;
    wasm.pop();
    Ok(wasm)
}

fn ill_typed() -> Result<Vec<u8>, Failed> {
    text(include_str!("../../guests/refused/ill_typed.wat"))
}

const fn rule(rule: Rule) -> Error {
    Error::Rule(rule.code())
}

fn import_type() -> Result<Vec<u8>, Failed> {
    text(r#"(module (import "env" "__my_host_fn" (func (param i32) (result i64))))"#)
}

fn record_outside() -> Result<Vec<u8>, Failed> {
    text(r#"(module (memory (export "memory") 1) (global (export "__aingle_abi") i32 (i32.const 65520)))"#)
}
