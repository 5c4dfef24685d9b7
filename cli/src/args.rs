//! The command line.

use std::{path::PathBuf, time::Duration};

use aingle_wasm::On;
use clap::{Args, Parser, Subcommand, ValueEnum};
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

#[derive(Args)]
#[command(after_help = "Examples:\n  aingle-wasm new hello && aingle-wasm build hello")]
pub struct New {
    /// Name of the crate and of the folder that is made for it
    pub name: String,
    /// Folder of the guest SDK; found when the command is used inside a checkout
    #[arg(long, value_name = "FOLDER")]
    pub sdk: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  aingle-wasm build hello
  aingle-wasm build hello --stack 4096 --heap 65536
  aingle-wasm build hello --server")]
pub struct Build {
    /// Folder of the guest's crate
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// For servers only: memory in pages of 64 KiB that can grow
    #[arg(long)]
    pub server: bool,
    /// The guest's whole memory: statics, stack, and the rest for its heap
    #[arg(long, value_name = "BYTES", conflicts_with = "heap", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub memory: Option<u32>,
    /// The guest's heap; 8192 unless told, or what it grows to for servers
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub heap: Option<u32>,
    /// Largest request that needs no allocation; 1024 unless told
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(..MOST_INBOX))]
    pub inbox: Option<u32>,
    /// The guest's stack; 4096 unless told, or 1048576 for servers
    #[arg(long, value_name = "BYTES", value_parser = stack)]
    pub stack: Option<u32>,
}

/// Where a guest runs, and how it is reached.
#[derive(Args)]
pub struct Where {
    /// Where the guest runs: wasmer, wasmi, qemu:BOARD, a serial port such as /dev/ttyACM0, or tcp:HOST:PORT
    #[arg(long, value_name = "TARGET", default_value = "wasmer")]
    pub on: On,
    #[command(flatten)]
    pub link: Link,
}

/// How a target is reached.
#[derive(Args)]
#[command(next_help_heading = "Target")]
pub struct Link {
    /// Firmware for qemu:BOARD; inside a checkout it is built when this is not given
    #[arg(long, value_name = "FILE")]
    pub firmware: Option<PathBuf>,
    /// How long the target may take for any one answer, that to a call included
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Speed of a serial port in bits per second
    #[arg(long, value_name = "BITS", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(1..))]
    pub baud: u32,
    /// Have qemu:BOARD count instructions; slower, and the same on every machine
    #[arg(long)]
    pub count_instructions: bool,
    /// One more argument for the emulator of qemu:BOARD, such as a device on its bus; give it as often as there are
    #[arg(long = "emulator", value_name = "ARG", allow_hyphen_values = true)]
    pub emulator: Vec<String>,
    /// Which of a board's guests is meant
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub guest: u8,
    /// Encrypt the link with this key: 64 hex digits
    #[arg(long, value_name = "KEY")]
    pub key_hex: Option<String>,
    /// Number of the key
    #[arg(long, value_name = "N", default_value_t = 0, requires = "key_hex")]
    pub key_id: u32,
}

/// The request's bytes.
#[derive(Args)]
#[group(multiple = false)]
pub struct Input {
    /// A text, @FILE for a file's bytes, or - for standard input; empty unless given
    #[arg(long, value_name = "TEXT|@FILE|-", allow_hyphen_values = true)]
    pub input: Option<String>,
    /// Bytes in hex
    #[arg(long, value_name = "HEX")]
    pub input_hex: Option<String>,
}

/// Hardware for a guest that drives some.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Hardware")]
pub struct Hardware {
    /// The hardware that the guest finds on wasmer and wasmi: a description in TOML, whose events the guest is told of before it is called.
    /// What comes otherwise than described is code 5
    #[arg(long, value_name = "FILE")]
    pub mock: Option<PathBuf>,
    /// The hardware of this Linux machine that the guest may find: a description in TOML
    #[arg(long, value_name = "FILE", conflicts_with = "mock")]
    pub linux: Option<PathBuf>,
    /// What the guest asks of its host; unless told, NAME.grants.toml beside the module, or what that says itself
    #[arg(long, value_name = "FILE")]
    pub grants: Option<PathBuf>,
}

#[derive(Args)]
#[command(
    after_help = "The reply goes to standard output as it is, but on a terminal, everything else to standard error; --json has a reply's
bytes in hex, too.

Examples:
  aingle-wasm run echo.wasm echo --input hello
  aingle-wasm run sensor.wasm sensor --input @january.csv --on qemu:mps2-an386
  aingle-wasm run echo.wasm echo --input-hex 00ff --on /dev/ttyACM0 --json
  aingle-wasm run thermostat.wasm control --mock cold.toml"
)]
pub struct Run {
    /// The module
    pub file: PathBuf,
    /// Name of the entry
    pub entry: String,
    #[command(flatten)]
    pub input: Input,
    /// Send the request as an event, which is not answered
    #[arg(long)]
    pub event: bool,
    /// Limit of the call, in units of fuel
    #[arg(long, value_name = "UNITS", default_value_t = FUEL)]
    pub fuel: u64,
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub at: Where,
    #[command(flatten)]
    pub hardware: Hardware,
    /// Write what the guest does to hardware, on any target, into this file: a mock that answers the same
    #[arg(long, value_name = "FILE", help_heading = "Hardware")]
    pub record: Option<PathBuf>,
}

#[derive(Args)]
#[command(
    after_help = "Arguments are read by the types that the export has: integers in decimal, floats in decimal or \
as inf, -inf, nan; either as bits with 0x.

Examples:
  aingle-wasm invoke math.wasm add 2 -3
  aingle-wasm invoke math.wasm sqrt 0x7fc00000 --json"
)]
pub struct Invoke {
    /// The module
    pub file: PathBuf,
    /// Name of the exported function
    pub export: String,
    /// Its arguments
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    pub arguments: Vec<String>,
    /// Limit of the run, in units of fuel
    #[arg(long, value_name = "UNITS", default_value_t = FUEL)]
    pub fuel: u64,
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub at: Where,
    #[command(flatten)]
    pub hardware: Hardware,
}

#[derive(Args)]
#[command(
    after_help = "Exit code 0 says that all agree, 1 that they differ; 5 and 6 as above, when a target has no opinion.

Examples:
  aingle-wasm diff echo.wasm echo --input hello --on wasmer --on wasmi --on qemu:mps2-an386
  aingle-wasm diff math.wasm add 2 -3 --on wasmer --on /dev/ttyACM0"
)]
pub struct Diff {
    /// The module
    pub file: PathBuf,
    /// Name of the entry, or of any exported function
    #[arg(value_name = "ENTRY|EXPORT")]
    pub name: String,
    /// Arguments of an export that is no entry
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    pub words: Vec<String>,
    #[command(flatten)]
    pub input: Input,
    /// A target to run it on; give two or more
    #[arg(long, value_name = "TARGET", required = true)]
    pub on: Vec<On>,
    /// Limit of the run, in units of fuel
    #[arg(long, value_name = "UNITS", default_value_t = FUEL)]
    pub fuel: u64,
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub link: Link,
    #[command(flatten)]
    pub hardware: Hardware,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  aingle-wasm inspect echo.wasm\n  aingle-wasm inspect echo.wasm --on /dev/ttyACM0"
)]
pub struct Inspect {
    /// The module
    pub file: PathBuf,
    /// Ask this target only, instead of wasmer and wasmi
    #[arg(long, value_name = "TARGET")]
    pub on: Option<On>,
    /// What the guest asks of its host; unless told, NAME.grants.toml beside the module, or what that says itself
    #[arg(long, value_name = "FILE")]
    pub grants: Option<PathBuf>,
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub link: Link,
}

#[derive(Args)]
#[command(after_help = "Examples:
  aingle-wasm guest health --on /dev/ttyACM0 --guest 1
  aingle-wasm guest keep --after-fault restart --back-off 500 --on tcp:localhost:7777
  aingle-wasm guest cancel --on /dev/ttyACM0 --json")]
pub struct Guest {
    #[command(subcommand)]
    pub verb: GuestVerb,
}

#[derive(Subcommand)]
pub enum GuestVerb {
    /// Say how the guest is, what it did, and how it is treated
    Health(Reach),
    /// Have the guest treated otherwise from its next fault on; what is not given stays
    Keep(Keep),
    /// Let a guest that rests after a fault, or waits for this word, take calls again
    Revive(Reach),
    /// End the call that the guest is at
    Cancel(Reach),
    /// End the guest
    Unload(Reach),
}

/// Which guest is meant, and how it is told of.
#[derive(Args)]
pub struct Reach {
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
    /// Where the guest is: a serial port such as /dev/ttyACM0, tcp:HOST:PORT, or any other target
    #[arg(long, value_name = "TARGET")]
    pub on: On,
    #[command(flatten)]
    pub link: Link,
}

/// How a guest is treated.
#[derive(Args)]
pub struct Keep {
    /// What follows a trap, or an abstention of its engine
    #[arg(long, value_name = "WHAT")]
    pub after_fault: Option<Policy>,
    /// How long it rests before it is restarted, the first time in a row
    #[arg(long, value_name = "MILLISECONDS")]
    pub back_off: Option<u32>,
    /// Slices that it gets in a row when other guests want theirs
    #[arg(long, value_name = "SLICES", value_parser = clap::value_parser!(u8).range(1..))]
    pub weight: Option<u8>,
    /// Abstentions in a row that stop it, 0 for none
    #[arg(long, value_name = "N")]
    pub abstentions: Option<u8>,
    #[command(flatten)]
    pub reach: Reach,
}

/// What follows a fault.
#[derive(Clone, Copy, ValueEnum)]
pub enum Policy {
    /// It does no more until it is loaded again
    Stop,
    /// It is started afresh
    Restart,
    /// It waits for `guest revive`
    Ask,
}

#[derive(Args)]
pub struct Envelope {
    #[command(subcommand)]
    pub verb: EnvelopeVerb,
}

#[derive(Subcommand)]
pub enum EnvelopeVerb {
    /// Put a payload into an envelope and write its bytes to standard output
    Encode(Encode),
    /// Take an envelope apart, or say what is wrong with it
    Decode(Decode),
}

#[derive(Args)]
#[command(after_help = "Examples:
  aingle-wasm envelope encode --input hello | aingle-wasm envelope decode
  aingle-wasm envelope encode --input @big.bin --compress --expects-response > request.bin")]
pub struct Encode {
    #[command(flatten)]
    pub input: Input,
    /// Version of the envelope
    #[arg(long, value_name = "1|2", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub version: u8,
    /// Compress the payload
    #[arg(long)]
    pub compress: bool,
    /// Encrypt the payload with this key: 64 hex digits
    #[arg(long, value_name = "KEY", requires = "nonce_hex")]
    pub key_hex: Option<String>,
    /// Number of the key
    #[arg(long, value_name = "N", default_value_t = 0, requires = "key_hex")]
    pub key_id: u32,
    /// The nonce, which no other envelope under this key may share: 24 hex digits
    #[arg(long, value_name = "NONCE", requires = "key_hex")]
    pub nonce_hex: Option<String>,
    /// Set the flag that asks for a response
    #[arg(long)]
    pub expects_response: bool,
    /// Set the flag that marks an error
    #[arg(long)]
    pub error: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  aingle-wasm envelope decode request.bin --json")]
pub struct Decode {
    /// The envelope; - for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// The key of an encrypted payload: 64 hex digits
    #[arg(long, value_name = "KEY")]
    pub key_hex: Option<String>,
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
}

fn stack(word: &str) -> Result<u32, String> {
    let fits = |bytes: &u32| bytes.is_multiple_of(16) && (LEAST_STACK..=MOST as u32).contains(bytes);
    let bytes = word.parse().ok().filter(fits);
    bytes.ok_or_else(|| format!("expected a multiple of 16 from {LEAST_STACK} to {MOST}, as 4096"))
}

fn seconds(word: &str) -> Result<Duration, String> {
    let seconds = word.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

/// Bytes of a stack with which a small guest of the SDK runs.
const LEAST_STACK: u32 = 256;

/// Bytes of a memory at most, as addresses have 31 bits.
const MOST: i64 = (1 << 31) - 1;

/// Bytes of an inbox that the SDK cannot have, whose size has nine digits.
const MOST_INBOX: i64 = 1_000_000_000;

/// Units of fuel for a call, unless told.
pub const FUEL: u64 = 100_000_000;

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
