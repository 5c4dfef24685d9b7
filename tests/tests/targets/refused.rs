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
    let cases: [(&str, Make, Error); 19] = [
        ("fault_21::garbage", || Ok(b"not a module at all".to_vec()), rule(Rule::Malformed)),
        ("fault_21::cut", cut, rule(Rule::Malformed)),
        ("fault_21::ill_typed", ill_typed, ModuleError::Invalid.into()),
        ("fault_21::lying_length", || sections(b"\x01\xff\xff\xff\xff\x0f"), rule(Rule::Malformed)),
        ("fault_21::overlong_number", || sections(b"\x01\x80\x80\x80\x80\x80\0"), rule(Rule::Number)),
        ("fault_22::locals", || sections(LOCALS), rule(Rule::Locals)),
        ("fault_22::functions", functions, rule(Rule::Functions)),
        ("fault_22::targets", targets, rule(Rule::Targets)),
        ("fault_22::nesting", nesting, rule(Rule::Nesting)),
        ("fault_22::memory", || text("(module (memory 32768))"), Abstain::Memory.into()),
        ("fault_22::table", || text("(module (table 0x80000000 funcref))"), rule(Rule::TableSize)),
        ("fault_23::start", || text(include_str!("../../guests/refused/start.wat")), rule(Rule::Start)),
        ("fault_27::parameters", || wide("param"), rule(Rule::Parameters)),
        ("fault_27::results", || wide("result"), rule(Rule::Results)),
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
    trials.push(trial("fault_21::a_flood_of_custom_sections_is_skipped", flood));
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

fn sections(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    Ok([b"\0asm\x01\0\0\0", bytes].concat())
}

/// 2^32 - 1 locals, in a body of eight bytes.
const LOCALS: &[u8] = b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b";

fn functions() -> Result<Vec<u8>, Failed> {
    text(&format!("(module {})", "(func)".repeat(10_000)))
}

fn targets() -> Result<Vec<u8>, Failed> {
    text(&format!("(module (func (param i32) (br_table {} (local.get 0))))", "0 ".repeat(20_000)))
}

fn nesting() -> Result<Vec<u8>, Failed> {
    text(&format!("(module (func {}{}))", "block ".repeat(10_000), "end ".repeat(10_000)))
}

/// A function of 129 parameters or results.
fn wide(what: &str) -> Result<Vec<u8>, Failed> {
    text(&format!("(module (func ({what} {}) unreachable))", "i64 ".repeat(129)))
}

/// Its custom sections are many, and nobody reads them.
fn flood() -> Done {
    let wasm = [guests::ours()?, b"\0\x01\0".repeat(10_000)].concat();
    let mut all = All::with(&wasm)?;
    let seen = all.call("ask", b"good")?;
    ensure!(seen.end == End::Reply(b"host:good".to_vec()), "{seen:?}");
    Ok(())
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
