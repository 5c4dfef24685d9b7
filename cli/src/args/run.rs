//! To run a guest: what, where, with which request.

use std::{path::PathBuf, time::Duration};

use aingle_wasm::On;
use clap::Args;

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

fn seconds(word: &str) -> Result<Duration, String> {
    let seconds = word.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

/// Units of fuel for a call, unless told.
const FUEL: u64 = 100_000_000;
