//! Set-up, demo, tests and sizes: `cargo xtask help`.

mod bench_device;
#[path = "../../cli/src/board.rs"]
#[allow(dead_code, reason = "the command uses the rest")]
mod board;
mod boards;
mod chart;
mod conformance;
mod figures;
mod firmware;
mod guests;
mod image;
mod llvm;
mod needs;
mod packages;
mod portable;
mod setup;
mod size;
mod test;
mod torture;

use std::{env, ffi::OsString, process::Command};

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};

/// Tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the same guests on both engines and on each board that exists in QEMU alone, side by side; fail when they do not agree
    Agree,
    /// Measure speed: the benchmarks of the workspace, or an echo beside the same on peers
    Bench {
        /// Compare with peers, which takes a long build the first time: `--peers -- --rounds 31 --gate`
        #[arg(long)]
        peers: bool,
        /// Handed on; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Count what guests take on emulated boards; fail when a figure is worse than the one that is checked in
    BenchDevice {
        /// Only this board, `mps2-an386` say; all unless told
        #[arg(long, value_parser = emulated_board)]
        board: Option<&'static board::Board>,
        /// Write what was measured as the new figures
        #[arg(long)]
        bless: bool,
        /// Compiled for chips short of flash, beside the figures that are checked in
        #[arg(long, conflicts_with = "bless", requires = "board")]
        tiny: bool,
        /// Only draw `boards/speed.svg` from the figures that are checked in
        #[arg(long, conflicts_with_all = ["board", "bless", "tiny"])]
        chart: bool,
    },
    /// Run the core WebAssembly test suite on an emulated board, the very steps that a desktop runs
    Conformance {
        #[arg(long, value_parser = emulated_board, default_value = "mps2-an386")]
        board: &'static board::Board,
    },
    /// Load a guest, call it and let it go, a million times on each engine of this machine: `-- --cycles 1000 --on wasmi`
    Cycles {
        /// Handed on; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Run one guest on a server engine and on an emulated microcontroller, side by side
    Demo {
        /// Leave the emulated microcontroller out
        #[arg(long)]
        no_qemu: bool,
    },
    /// Compare what modules need on an emulated board with what was predicted; fail when one is far off
    Needs {
        #[arg(long, value_parser = emulated_board, default_value = "mps2-an386")]
        board: &'static board::Board,
        /// Print weights found by other modules instead
        #[arg(long)]
        fit: bool,
    },
    /// Count the instructions of every operator on the emulated microcontroller, and fit the weights of fuel
    Operators,
    /// Install LLVM if it is missing, and check guests that it compiles: the suites, the vectors, random programs
    Llvm {
        /// How many random programs
        #[arg(long, default_value_t = 10_000)]
        programs: u64,
    },
    /// Compare random programs on both engines of this machine: `-- --programs 100000 --mode odd`
    Parity {
        /// Handed on; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Call 64 guests from 8 threads, with traps, errors, panics and evictions among them: `-- --seconds 300`
    Soak {
        /// Handed on; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Feed an emulated board damaged modules and frames, then guests that come and go in a random order
    Torture {
        #[arg(long, value_parser = emulated_board, default_value = "mps2-an386")]
        board: &'static board::Board,
        /// How long
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        /// Which damage: the same comes of the same
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Run every check there is
    Test {
        /// Leave out what runs on emulated microcontrollers
        #[arg(long)]
        no_qemu: bool,
        /// Leave out guests that LLVM compiles
        #[arg(long)]
        no_llvm: bool,
    },
    /// Make the engine's crates for chips without compare-and-swap, which their boards are built with
    Portable,
    /// Make the golden vectors anew
    Vectors,
    /// Install what is missing: Rust targets and the emulators
    Setup {
        /// Leave the emulators out
        #[arg(long)]
        no_qemu: bool,
        /// And LLVM, for the server engine's second compiler
        #[arg(long)]
        llvm: bool,
    },
    /// Print flash and RAM of each board's firmware; fail when one is over its budget, or would not start
    Size {
        /// Only this board, `stm32f405` say; all unless told
        #[arg(long)]
        board: Option<String>,
        /// Write what was measured as the new budgets
        #[arg(long)]
        bless: bool,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Agree => agree(),
        Task::Bench { peers, arguments } => bench(peers, arguments),
        Task::BenchDevice { chart: true, .. } => chart::run(),
        Task::BenchDevice { board: Some(board), tiny: true, .. } => {
            setup::qemu(std::slice::from_ref(board))?;
            bench_device::tiny(board)
        }
        Task::BenchDevice { board, bless, .. } => {
            let able = |each: &&board::Board| board.map_or(each.semihosting, |board| board.name == each.name);
            let boards: Vec<_> = board::ALL.iter().filter(able).collect();
            boards.iter().try_for_each(|board| setup::qemu(std::slice::from_ref(board)))?;
            bench_device::run(boards, bless)
        }
        Task::Conformance { board } => {
            setup::qemu(std::slice::from_ref(board))?;
            conformance::run(board)
        }
        Task::Cycles { arguments } => example("cycles", arguments),
        Task::Demo { no_qemu } => demo(!no_qemu),
        Task::Needs { board, fit } => {
            setup::qemu(std::slice::from_ref(board))?;
            needs::run(board, fit)
        }
        Task::Operators => operators(),
        Task::Llvm { programs } => llvm::run(programs),
        Task::Parity { arguments } => example("parity", arguments),
        Task::Soak { arguments } => example("soak", arguments),
        Task::Test { no_qemu, no_llvm } => test::run(!no_qemu, !no_llvm),
        Task::Torture { board, seconds, seed } => {
            setup::qemu(std::slice::from_ref(board))?;
            torture::run(board, seconds, seed)
        }
        Task::Portable => portable::run(),
        Task::Vectors => example("vectors", [setup::root().join("tests/data/vectors.bin").into()]),
        Task::Setup { no_qemu, llvm } => setup::run(!no_qemu, llvm),
        Task::Size { board, bless } => size::run(board.as_deref(), bless),
    }
}

/// Builds what the comparison needs, and runs it.
fn agree() -> Result<()> {
    for board in board::ALL.iter().filter(|board| board.semihosting) {
        emulated(board.name)?;
    }
    example("agree", [guests::build()?.into()])
}

/// Runs the benchmarks of the workspace, or the program that compares with peers.
fn bench(peers: bool, arguments: Vec<OsString>) -> Result<()> {
    let mut cargo = Command::new("cargo");
    match peers {
        // Some peers name a newer compiler than they need.
        true => cargo.args(["run", "--release", "--locked", "--ignore-rust-version", "--manifest-path"]),
        false => cargo.args(["bench", "--workspace", "--locked", "--manifest-path"]),
    };
    let package = if peers { "backend-wasmer/peers/Cargo.toml" } else { "Cargo.toml" };
    cargo.arg(setup::root().join(package)).arg("--").args(arguments);
    ensure!(cargo.status().context("starting cargo")?.success(), "the benchmark failed");
    Ok(())
}

/// Builds what the demo needs, and runs it.
fn demo(with_qemu: bool) -> Result<()> {
    if with_qemu {
        emulated("mps2-an386")?;
    }
    let wasm = guests::build()?.join("sensor.wasm");
    let csv = setup::root().join("guest/examples/sensor/data/seattle-temps.csv");
    let flag = (!with_qemu).then(|| "--no-qemu".into());
    example("demo", [wasm.into(), csv.into()].into_iter().chain(flag))
}

/// Measures every operator on the emulated chip.
fn operators() -> Result<()> {
    emulated("mps2-an386")?;
    let kernels = setup::root().join("fuel/tests/data/kernels-small.wasm");
    example("operators", [kernels.into()])
}

/// The board of that name, which `--on` writes with `qemu:` before it.
fn emulated_board(name: &str) -> Result<&'static board::Board, String> {
    board::Board::named(name.strip_prefix("qemu:").unwrap_or(name))
}

/// What the firmware of `board` is built with and runs in.
fn emulated(board: &str) -> Result<&'static board::Board> {
    let board = board::Board::named(board).map_err(anyhow::Error::msg)?;
    setup::qemu(std::slice::from_ref(board))?;
    setup::targets(&[board.target])?;
    Ok(board)
}

/// Builds an example, and the command beside it, and runs it.
pub(crate) fn example(name: &str, arguments: impl IntoIterator<Item = OsString>) -> Result<()> {
    example_with(&[], name, arguments)
}

/// The same, with `features` turned on.
pub(crate) fn example_with(
    features: &[&str],
    name: &str,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<()> {
    // The workspace's features, so that the tests find the engines built.
    let mut build = Command::new("cargo");
    build.args(["build", "--workspace", "--locked", "--bins", "--example", name]).args(features);
    let built = build.current_dir(setup::root()).status().context("starting cargo")?;
    ensure!(built.success(), "the example {name} does not build");
    // Built beside this program.
    let folder = env::current_exe().context("looking for the example")?.with_file_name("examples");
    let mut program = Command::new(folder.join(name).with_extension(env::consts::EXE_EXTENSION));
    let status = program.args(arguments).status().with_context(|| format!("starting {name}"))?;
    ensure!(status.success(), "{name} failed");
    Ok(())
}
