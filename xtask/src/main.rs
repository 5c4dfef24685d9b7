//! Set-up, demo, tests and sizes: `cargo xtask help`.

#[path = "../../cli/src/board.rs"]
#[allow(dead_code, reason = "the command uses the rest")]
mod board;
mod guests;
mod setup;
mod size;
mod test;

use std::{env, process::Command};

use anyhow::Context;
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
    /// Run one guest on a server engine and on an emulated microcontroller, side by side
    Demo {
        /// Leave the emulated microcontroller out
        #[arg(long)]
        no_qemu: bool,
    },
    /// Count the instructions of every operator on the emulated microcontroller, and fit the weights of fuel
    Operators,
    /// Run every check there is
    Test {
        /// Leave out what runs on emulated microcontrollers
        #[arg(long)]
        no_qemu: bool,
    },
    /// Install what is missing: Rust targets and the emulators
    Setup {
        /// Leave the emulators out
        #[arg(long)]
        no_qemu: bool,
    },
    /// Print flash and RAM of each board's firmware; fail when one is over its budget
    Size {
        /// Write what was measured as the new budgets
        #[arg(long)]
        bless: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Demo { no_qemu } => demo(!no_qemu),
        Task::Operators => operators(),
        Task::Test { no_qemu } => test::run(!no_qemu),
        Task::Setup { no_qemu } => setup::run(!no_qemu),
        Task::Size { bless } => size::run(bless),
    }
}

/// Builds what the demo needs, and runs it.
fn demo(with_qemu: bool) -> anyhow::Result<()> {
    if with_qemu {
        let board = board::Board::named("mps2-an386").map_err(anyhow::Error::msg)?;
        setup::qemu(std::slice::from_ref(board))?;
        setup::targets(&[board.target])?;
    }
    let wasm = guests::build()?.join("sensor.wasm");
    let csv = setup::root().join("guest/examples/sensor/data/seattle-temps.csv");
    // The workspace's features, so that the tests find the engines built.
    let mut build = Command::new("cargo");
    build
        .args(["build", "--workspace", "--locked", "--quiet", "--bins", "--example", "demo"])
        .current_dir(setup::root());
    anyhow::ensure!(build.status().context("starting cargo")?.success(), "the demo does not build");
    // Built beside this program.
    let folder = env::current_exe().context("looking for the demo")?.with_file_name("examples");
    let mut demo = Command::new(folder.join("demo").with_extension(env::consts::EXE_EXTENSION));
    demo.args([wasm, csv]).args((!with_qemu).then_some("--no-qemu"));
    let status = demo.status().context("starting the demo")?;
    anyhow::ensure!(status.success(), "the demo failed");
    Ok(())
}

/// Builds what the benchmark of operators needs, and runs it.
fn operators() -> anyhow::Result<()> {
    setup::qemu()?;
    setup::targets(setup::TARGETS)?;
    let kernels = setup::root().join("fuel/tests/data/kernels-small.wasm");
    let mut operators = Command::new("cargo");
    // The whole workspace chooses the engines' features, as for its tests: they are built once.
    operators.args(["run", "--locked", "--quiet", "--example", "operators", "--"]);
    let status = operators.arg(kernels).current_dir(setup::root()).status().context("starting cargo")?;
    anyhow::ensure!(status.success(), "the benchmark failed");
    Ok(())
}
