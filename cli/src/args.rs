//! The command line.

mod build;
mod envelope;
mod guest;
mod run;

pub use build::{Build, MAX_MEMORY, New};
pub use envelope::{Decode, Encode, Envelope, EnvelopeVerb};
pub use guest::{Guest, GuestVerb, Keep, Policy, Reach};
pub use run::{Diff, Hardware, Input, Inspect, Invoke, Link, Run};

use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// Builds, inspects and runs AIngle WASM guests, on a server engine or on a chip.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = CODES)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

const CODES: &str = "\
Exit codes:
  0  the guest replied
  1  the guest answered with an error
  2  the request makes no sense: a wrong argument, no such entry, a crate that does not build
  3  the run trapped
  4  the module was refused
  5  the target or the link to it failed
  6  the target ran out of something real and has no opinion

Examples:
  aingle-wasm new hello
  aingle-wasm build hello
  aingle-wasm run FILE shout --input World
  aingle-wasm run FILE shout --input World --on qemu:mps2-an386

where FILE is the file that `build` names.";

#[derive(Subcommand)]
pub enum Verb {
    /// Make a guest crate: one source file, builds at once
    New(New),
    /// Build a guest for chips and servers alike
    Build(Build),
    /// Call an entry of a guest and print its reply
    Run(Run),
    /// Run any numeric export of a module and print its results
    Invoke(Invoke),
    /// Run one request on several targets and compare reply, fuel, trap and host calls
    Diff(Diff),
    /// Say what a module exports, imports and needs, and what targets say of it
    Inspect(Inspect),
    /// Say how a board's guest is, or have it treated otherwise
    Guest(Guest),
    /// Write or read an envelope
    Envelope(Envelope),
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  aingle-wasm completions bash > ~/.local/share/bash-completion/completions/aingle-wasm"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_example_can_be_typed() {
        let mut found = 0;
        for help in helps(&Arguments::command()) {
            let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
            let examples = lines.flat_map(|line| line.split(['|', '&', '>'])).map(str::trim);
            for example in examples.filter(|example| example.starts_with("aingle-wasm ")) {
                let parsed = Arguments::try_parse_from(example.split_whitespace());
                assert!(
                    parsed.is_ok(),
                    "{example}: {}",
                    parsed.err().map(|error| error.to_string()).unwrap_or_default()
                );
                found += 1;
            }
        }
        assert!(found > 15, "{found} examples");
    }

    #[test]
    fn options_are_under_their_heading() {
        for verb in Arguments::command().get_subcommands() {
            let under = |heading: &str| {
                let of = |arg: &&clap::Arg| arg.get_help_heading() == Some(heading);
                let named = verb.get_arguments().filter(of);
                named.map(|arg| arg.get_id().to_string()).collect::<Vec<_>>()
            };
            let hardware = ["mock", "linux", "grants", "record"];
            assert!(under("Hardware").iter().all(|id| hardware.contains(&id.as_str())), "{verb}");
            assert!(
                !under("Target").iter().any(|id| ["fuel", "json", "on"].contains(&id.as_str())),
                "{verb}"
            );
        }
    }

    fn helps(command: &clap::Command) -> Vec<String> {
        let own = command.get_after_help().map(ToString::to_string);
        own.into_iter().chain(command.get_subcommands().flat_map(helps)).collect()
    }
}
