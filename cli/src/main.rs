//! The command `aingle-wasm`: builds, inspects and runs guests, on a server engine or on a chip.

#![forbid(unsafe_code)]

mod args;
mod charges;
mod exports;
mod fail;
mod fit;
mod input;
mod pace;
mod records;
mod report;
mod session;
mod terminal;
mod values;
mod verb;

use std::{env, process::ExitCode};

use aingle_wasm::chip::PeakAlloc;
use clap::Parser;

use args::{Arguments, Verb};

/// `inspect` asks it what a guest took.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() -> ExitCode {
    let mut words: Vec<_> = env::args_os().collect();
    if words.get(1).is_some_and(|verb| verb == "invoke" || verb == "diff") {
        words = words
            .into_iter()
            .map(|word| word.into_string().map_or_else(|word| word, |word| values::shield(word).into()))
            .collect();
    }
    match Arguments::parse_from(words).verb {
        Verb::New(arguments) => fail::exit(verb::new::run(&arguments)),
        Verb::Build(arguments) => fail::exit(verb::build::run(&arguments)),
        Verb::Run(arguments) => verb::run::run(arguments),
        Verb::Invoke(arguments) => verb::invoke::run(arguments),
        Verb::Diff(arguments) => verb::diff::run(&arguments),
        Verb::Inspect(arguments) => verb::inspect::run(&arguments),
        Verb::Guest(arguments) => verb::guest::run(&arguments),
        Verb::Envelope(arguments) => fail::exit(verb::envelope::run(&arguments)),
        Verb::Completions { shell } => verb::completions::run(shell),
    }
}
