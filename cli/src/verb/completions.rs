//! `completions`: what a shell needs to complete the command.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{args::Arguments, fail, input};

pub fn run(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "aingle-wasm", &mut script);
    fail::exit(input::print(&script))
}
