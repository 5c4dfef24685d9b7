//! The firmware that people flash, in the emulator of its chip: guests as on both engines.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use aingle_wasm::{Target, board, checkout};
use aingle_wasm_core::{error::Abstain, link::Delivery};
use libtest_mimic::{Failed, Trial};

use crate::{
    Done,
    all::{All, End, PLENTY, Seen},
    ensure, guests, presses, trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    for board in board::ALL.iter().filter(|board| !board.semihosting) {
        let run = || guests_run(&format!("qemu:{}", board.name)).map(drop);
        trials.push(trial(&format!("chips::{}", board.name), run));
    }
    trials.push(trial("chips::rp2040", rp2040).with_ignored_flag(!rp2040js_is_there()));
}

/// Whether there is Node.js, and npm has what the emulator is made of or can get it.
fn rp2040js_is_there() -> bool {
    let succeeds =
        |command: &mut Command| command.stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    let emulator = emulator();
    let installed = || {
        emulator.join("node_modules/rp2040js").is_dir()
            || succeeds(Command::new("npm").args(["ci", "--silent"]).current_dir(&emulator))
    };
    succeeds(Command::new("node").arg("--version")) && installed()
}

fn emulator() -> PathBuf {
    board().join("emulator")
}

fn board() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/rp2040")
}

/// In rp2040js, which npm installs: QEMU does not know the chip.
fn rp2040() -> Done {
    let mut cargo = Command::new("cargo");
    let built =
        checkout::artifacts(cargo.args(["build", "--release", "--locked"]).current_dir(board()), false);
    let built = built.map_err(|words| format!("`cargo xtask setup` makes what it is built with\n{words}"))?;
    let elf = built.iter().rev().find_map(|artifact| artifact["executable"].as_str());
    let elf = elf.ok_or("the board has no firmware")?;
    let mut node = Command::new("node");
    node.arg("emulator.mjs").args([elf, "0"]).current_dir(emulator());
    let mut chip = Ended(node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    let mut pins = Pins {
        told: chip.0.stdin.take().ok_or("it hears nothing")?,
        says: BufReader::new(chip.0.stdout.take().ok_or("it says nothing")?),
    };
    let line = pins.line()?;
    let link = line.trim().strip_prefix("the link is ").ok_or_else(|| Failed::from(line.as_str()))?;
    presses::counted(guests_run(link)?.on(link)?, &mut pins)
}

/// The pins of the chip, as the emulator lets one have them.
pub struct Pins {
    told: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Pins {
    /// Sets them one after the other, so many microseconds apart: `14=0 14=1`.
    pub fn set(&mut self, micros: u32, levels: &str) -> Done {
        Ok(writeln!(self.told, "{micros} {levels}")?)
    }

    /// Whether a pin that the chip drives is high.
    pub fn is_high(&mut self, pin: u32) -> Result<bool, Failed> {
        writeln!(self.told, "{pin}")?;
        Ok(self.line()?.trim() == "1")
    }

    fn line(&mut self) -> Result<String, Failed> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line)
    }
}

/// A program that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// One after the other, so that what one leaves is in the way of the next; the last has the largest request.
fn guests_run(on: &str) -> Result<All, Failed> {
    let note = postcard::to_allocvec(&("note", &[7u8; 32][..], 10u64, &b"a note"[..], 11u64))?;
    let readings = "2010/01/01 00:00,39.4\n".repeat(500);
    let mut all = All::open_beside(on)?;
    all.load(KERNELS)?;
    for (export, size) in
        [("fib", 12), ("sieve", 8192), ("matmul", 8), ("crc", 512), ("sort", 64), ("sha", 64)]
    {
        all.invoke(export, size)?;
    }
    let calls: [(_, _, &[u8]); 5] = [
        (guests::GREET.to_vec(), "greet", b"Ada"),
        (guests::example("validate")?, "validate", &note),
        (guests::example("quickstart")?, "my_function", b"what time is it?"),
        (guests::example("sensor")?, "sensor", readings.as_bytes()),
        (guests::example("echo")?, "echo", &[b'x'; 6000]),
    ];
    for (wasm, entry, request) in calls {
        all.load(&wasm)?;
        // The second call finds what the first one left.
        for _ in 0..2 {
            let seen = all.call(entry, request)?;
            ensure!(matches!(seen.end, End::Reply(_)), "{entry}: {seen:.80?}");
        }
    }
    a_guest_without_room_is_abandoned(all.on(on)?)?;
    Ok(all)
}

/// The chip says so each time, and each time the next guest finds it as new.
fn a_guest_without_room_is_abandoned(chip: &mut Target) -> Done {
    let exports: String = (0..1000).map(|number| format!("(export \"{number:020}\" (func 0))")).collect();
    let large = wat::parse_str(format!("(module (func) {exports})"))?;
    for _ in 0..3 {
        let refused = chip.load(&large, |_| ()).err().ok_or("there is room")?;
        let end = Seen::failed(refused)?.end;
        ensure!(end == End::Failed(Abstain::Memory.code(), 0), "{end:?}");
        let lost = chip.call("greet", b"Ada", PLENTY, Delivery::Call);
        ensure!(lost.is_err(), "an abandoned guest can be called");
        chip.load(guests::GREET, |_| ())?;
        let greeting = chip.call("greet", b"Ada", PLENTY, Delivery::Call)?;
        ensure!(greeting.bytes == b"Hello, Ada", "{greeting:?}");
    }
    Ok(())
}

const KERNELS: &[u8] = include_bytes!("../../../fuel/tests/data/kernels-small.wasm");
