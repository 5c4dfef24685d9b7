//! Every check there is.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{
    bench_device, board,
    boards::{self, Folder},
    conformance,
    firmware::{self, Pace},
    guests, llvm, needs, setup, size, torture,
};

/// Runs every check, and says at the end what ran and what was left out.
///
/// # Errors
/// The first check that fails.
pub fn run(with_qemu: bool, with_llvm: bool) -> Result<()> {
    let mut checks = Checks::default();
    let boards = boards::all()?;
    checks.run("set-up", || setup::run(with_qemu, false))?;
    checks.run("formatting", || {
        cargo(setup::root(), "fmt --all --check", &[])?;
        others(&boards).iter().try_for_each(|folder| cargo(folder, "fmt --check", &[]))
    })?;
    checks.run("example guests build", || guests::build().map(drop))?;
    checks.run("lints", || {
        cargo(setup::root(), "clippy --workspace --all-targets --locked -- -D warnings", &[])?;
        // Not among all targets, since it is run by name only.
        cargo(setup::root(), "clippy --workspace --test targets --locked -- -D warnings", &[])?;
        let guests = bench_device::write_guests()?;
        let guests = guests.to_str().context("a folder's name is no text")?;
        for board in &boards {
            // What all firmware shares is linted as each board builds it.
            // A chip's library may have the board's name, so the board is named by its folder.
            let packages =
                format!("--package file://{} --package aingle-wasm-boards-common", board.path.display());
            let lint = |features: &str| {
                let line = format!("clippy --release --locked {packages}{features} -- -D warnings");
                cargo(&board.path, &line, &[("BENCH_GUESTS", guests)])
            };
            lint("")?;
            let mut programs = PROGRAMS.iter().filter(|(name, _)| *name == board.name);
            programs.try_for_each(|(_, features)| lint(features))?;
        }
        let line = "clippy --release --locked -- -D warnings";
        ["boards/esp-image", "boards/runner", "guest/examples", "tests/drivers"]
            .iter()
            .try_for_each(|folder| cargo(&setup::root().join(folder), line, &[]))
    })?;
    checks.run("a guest of published drivers builds", || {
        cargo(&setup::root().join("tests/drivers"), "build --release --locked", &[])
    })?;
    checks.cargo("tests of the workspace", "test --workspace --locked")?;
    for mode in ["exact", "odd", "unchecked", "uneven"] {
        checks.run(&format!("random programs, {mode}"), || {
            let arguments = ["--programs", "4000", "--mode", mode];
            crate::example("parity", arguments.map(OsString::from))
        })?;
    }
    checks.run("a server that is called from many threads", || {
        crate::example("soak", ["--seconds", "20"].map(OsString::from))
    })?;
    checks.run("guests that come and go", || {
        crate::example("cycles", ["--cycles", "2000"].map(OsString::from))
    })?;
    match (with_llvm, llvm::is_there()) {
        (true, true) => checks.run("guests that LLVM compiles", || llvm::run(1000))?,
        (true, false) => {
            checks.skipped.push("guests that LLVM compiles: `cargo xtask llvm` installs it and runs them")
        }
        (false, _) => checks.skipped.push("guests that LLVM compiles: --no-llvm"),
    }
    checks.run("documentation", || {
        cargo(setup::root(), "doc --workspace --no-deps --locked", &[("RUSTDOCFLAGS", "-D warnings")])
    })?;
    // Chips without compare-and-swap have crates that are made for them: their boards are the check.
    let able = boards.iter().map(|board| &*board.target).filter(|target| !UNABLE.contains(target));
    for target in able.collect::<BTreeSet<_>>() {
        let line = format!("check --locked -p aingle-wasm-backend-wasmi --target {target}");
        checks.cargo(&format!("the device's half on {target}"), &line)?;
    }
    checks.cargo("packages", "package --workspace --no-verify --allow-dirty --locked --quiet")?;
    checks.run("images of the firmware, their flash and RAM", || size::run(None, false))?;
    checks.run("images for the flash of ESP32s", || esp_images(&boards))?;
    if with_qemu {
        suites(&mut checks)?;
        let m4f = board::Board::named("mps2-an386").map_err(anyhow::Error::msg)?;
        checks.run("the core test suite on a Cortex-M4F", || conformance::run(m4f))?;
        checks.run("what guests need on a Cortex-M4F, as predicted", || needs::run(m4f, false))?;
        checks.run("what should reset a Cortex-M4F", || torture::run(m4f, 30, 1))?;
        checks.run("what guests cost on a Cortex-M4F and on an RV32", || {
            // The others are near one of these: `cargo xtask bench-device` measures all.
            let boards = board::ALL.iter().filter(|board| ["mps2-an386", "riscv32"].contains(&board.name));
            bench_device::run(boards, false)
        })?;
        let rp2040js = rp2040js();
        checks.run("the same requests on every target", || {
            let rest = if rp2040js.is_ok() { "" } else { " -- --skip chips::rp2040" };
            cargo(setup::root(), &format!("test --workspace --locked --test targets{rest}"), &[])
        })?;
        checks.skipped.extend(rp2040js.err());
        checks.run("the same guests on every target, side by side", crate::agree)?;
    } else {
        checks.skipped.push("everything on emulated boards: --no-qemu");
    }
    checks
        .skipped
        .push("the comparison with peers, whose build takes half an hour: `cargo xtask bench --peers`");
    checks.report();
    Ok(())
}

/// Has each emulated board test itself. The next one's program is built while one runs: that takes about as long.
fn suites(checks: &mut Checks) -> Result<()> {
    let boards = || board::ALL.iter().filter(|board| board.semihosting);
    thread::scope(|scope| {
        let (built, programs) = mpsc::sync_channel(0);
        // It ends when nobody waits for another one.
        scope.spawn(move || boards().try_for_each(|board| built.send(own_suite(board))));
        for board in boards() {
            let program = programs.recv().context("nobody builds any more")??;
            for (what, pace, word) in [
                ("the suite", Pace::Free, "cases"),
                ("a bus that never answers", Pace::Free, "bus"),
                ("guests that are told of a pin's edges", Pace::Free, "told"),
                ("drivers that fail", Pace::Free, "drivers"),
                ("allocations that fail", Pace::Free, "allocations"),
                ("what compartments withstand", Pace::Counted, "compartments"),
            ] {
                checks.run(&format!("{what} on an emulated {}", board.core), || {
                    print!("{}", firmware::check(board, &program, pace, word)?);
                    Ok(())
                })?;
            }
        }
        Ok(())
    })
}

/// The program that tests a board, where that of a board with the same processor does not take its place.
fn own_suite(board: &board::Board) -> Result<PathBuf> {
    let program = firmware::suite(board)?;
    let own = program.with_file_name(format!("suite-{}", board.name));
    // As cargo does it: the file keeps its bytes when another one comes to its name.
    _ = fs::remove_file(&own);
    fs::hard_link(&program, &own).with_context(|| format!("making {}", own.display()))?;
    Ok(own)
}

/// The packages that are workspaces of their own: guests, firmware, what runs it, and what is measured beside us.
fn others(boards: &[Folder]) -> Vec<PathBuf> {
    let boards = boards.iter().map(|board| board.path.clone());
    let peers = ["backend-wasmer/peers", "backend-wasmer/peers/guests", "backend-wasmer/peers/holochain"];
    let shared =
        ["boards/common", "boards/esp-image", "boards/kernels", "boards/portable/alloc", "boards/runner"];
    let rest = ["guest/examples", "tests/drivers"].into_iter().chain(shared).chain(peers);
    boards.chain(rest.map(|folder| setup::root().join(folder))).collect()
}

/// Makes of the firmware of each ESP32 the image that its flash holds, and has it read back.
fn esp_images(boards: &[Folder]) -> Result<()> {
    let folder = setup::root().join("boards/esp-image");
    cargo(&folder, "test --release --locked --quiet", &[])?;
    for board in boards.iter().filter(|board| board.name.starts_with("esp32")) {
        let elf = board.firmware(boards::Profile::Release)?;
        let elf = elf.to_str().context("a folder's name is no text")?;
        let line = format!("run --release --locked --quiet -- {} {elf} {elf}.bin", board.name);
        cargo(&folder, &line, &[])?;
    }
    Ok(())
}

/// Has npm get the emulator of the RP2040, which no package of a system has, unless it is there. Or says why it is not.
fn rp2040js() -> Result<(), &'static str> {
    let folder = setup::root().join("boards/rp2040/emulator");
    let installed = || {
        let npm = Command::new("npm").args(["ci", "--silent"]).current_dir(&folder).status();
        npm.is_ok_and(|status| status.success())
    };
    if Command::new("node").arg("--version").output().is_err() {
        Err("an emulated RP2040: it needs Node.js and npm")
    } else if folder.join("node_modules/rp2040js").is_dir() || installed() {
        Ok(())
    } else {
        Err("an emulated RP2040: `npm ci` in boards/rp2040/emulator fails")
    }
}

/// What a board has beside its firmware and that of other boards: for each kind of processor once.
const PROGRAMS: [(&str, &str); 2] =
    [("mps2-an386", " --features bench,parts,suite"), ("qemu-riscv32", " --features bench,suite")];

/// Targets without compare-and-swap.
const UNABLE: [&str; 2] = ["riscv32imc-unknown-none-elf", "thumbv6m-none-eabi"];

#[derive(Default)]
struct Checks {
    passed: Vec<String>,
    skipped: Vec<&'static str>,
}

impl Checks {
    fn run(&mut self, name: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
        eprintln!("\n== {name}");
        let started = Instant::now();
        check().with_context(|| format!("{name}: failed"))?;
        self.passed.push(format!("{name} ({:.0} s)", started.elapsed().as_secs_f64()));
        Ok(())
    }

    fn cargo(&mut self, name: &str, line: &str) -> Result<()> {
        self.run(name, || cargo(setup::root(), line, &[]))
    }

    fn report(&self) {
        println!("\nran:");
        self.passed.iter().for_each(|name| println!("  {name}"));
        println!("left out:");
        match self.skipped.as_slice() {
            [] => println!("  nothing"),
            skipped => skipped.iter().for_each(|name| println!("  {name}")),
        }
        println!("{} passed, 0 failed, {} skipped", self.passed.len(), self.skipped.len());
    }
}

fn cargo(folder: &Path, line: &str, variables: &[(&str, &str)]) -> Result<()> {
    let status = Command::new("cargo")
        .args(line.split(' '))
        .current_dir(folder)
        .envs(variables.iter().copied())
        .status()
        .context("starting cargo")?;
    match status.success() {
        true => Ok(()),
        false => bail!("`cargo {line}` in {} failed", folder.display()),
    }
}
