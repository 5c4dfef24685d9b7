//! The firmware that people flash, in the emulator of its chip: guests as on both engines.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use aingle_wasm::{Target, board, checkout};
use aingle_wasm_core::{engine::Value, error::Abstain, link::Delivery};
use libtest_mimic::{Failed, Trial};

use crate::{
    Done,
    all::{All, End, PLENTY, Seen},
    ensure, guests, presses, trial, wired,
};

pub fn list(trials: &mut Vec<Trial>) {
    for board in board::ALL.iter().filter(|board| !board.semihosting) {
        // Of these emulators that one alone pulls wires up.
        let bus = if board.name == "stm32l475" { "no_address" } else { "timed_out" };
        let run = || guests_run(&format!("qemu:{}", board.name), bus).map(drop);
        trials.push(trial(&format!("chips::{}", board.name), run));
    }
    trials.push(trial("chips::rp2040", rp2040));
}

fn board() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/rp2040")
}

/// In rp2040js, which npm installs: QEMU does not know the chip.
fn rp2040() -> Done {
    let emulator = board().join("emulator");
    ensure!(
        emulator.join("node_modules/rp2040js").is_dir(),
        "rp2040js is not there: `npm ci` in {} gets it; `cargo xtask test` does so where Node.js is, and leaves this out \
         elsewhere",
        emulator.display()
    );
    let mut cargo = Command::new("cargo");
    let built = checkout::artifacts(cargo.args(["build", "--release", "--locked"]).current_dir(board()));
    let built = built.map_err(|words| format!("`cargo xtask setup` makes what it is built with\n{words}"))?;
    let elf = built.iter().rev().find_map(|artifact| artifact["executable"].as_str());
    let elf = elf.ok_or("the board has no firmware")?;
    let mut node = Command::new("node");
    node.arg("emulator.mjs").args([elf, "0"]).current_dir(emulator);
    let mut chip = Ended(node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    let mut pins = Pins {
        told: chip.0.stdin.take().ok_or("it hears nothing")?,
        says: BufReader::new(chip.0.stdout.take().ok_or("it says nothing")?),
    };
    let line = pins.line()?;
    let link = line.trim().strip_prefix("the link is ").ok_or_else(|| Failed::from(line.as_str()))?;
    presses::counted(guests_run(link, "timed_out")?.on(link)?, &mut pins)
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

/// One after the other, so that what one leaves is in the way of the next; the last has the largest request. `bus` is the
/// fault of a bus that nobody is on.
fn guests_run(on: &str, bus: &str) -> Result<All, Failed> {
    let note = postcard::to_allocvec(&("note", &[7u8; 32][..], 10u64, &b"a note"[..], 11u64))?;
    let readings = "2010/01/01 00:00,39.4\n".repeat(400);
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
    let chip = all.on(on)?;
    a_guest_without_room_costs_itself(chip)?;
    guests_drive_pins(chip, bus)?;
    Ok(all)
}

/// As on mocks. The emulators show no level of a pin.
fn guests_drive_pins(chip: &mut Target, bus: &str) -> Done {
    let blinks = include_str!("../../../guest/examples/blinker/mock.toml");
    for _ in 0..2 {
        chip.load(&wired::module("blinker")?, |_| ())?;
        let seen = Seen::called(chip.call("fade", b"x", PLENTY, Delivery::Call))?;
        ensure!(seen.end == End::Reply(b"dark again".to_vec()), "{:?}", seen.end);
        wired::same_on_mocks("blinker", "fade", b"x", blinks, &seen)?;

        chip.load(&wired::module("thermostat")?, |_| ())?;
        let seen = Seen::called(chip.call("control", b"", PLENTY, Delivery::Call))?;
        let mock = format!(
            "[output.led]\n[i2c.sensors]\ntransactions = [{{ address = 0x48, write = \"00\", read = \"0000\", \
             fault = \"{bus}\" }}]"
        );
        wired::same_on_mocks("thermostat", "control", b"", &mock, &seen)?;
    }
    Ok(())
}

/// One that is seen to need more than there is is not taken; one whose call does finds itself as new, and the chip, too.
fn a_guest_without_room_costs_itself(chip: &mut Target) -> Done {
    let segments = "(data (i32.const 0) \"\")".repeat(256);
    let exports: String = (0..1000).map(|number| format!("(export \"{number:010}\" (func 0))")).collect();
    let large = wat::parse_str(format!("(module (memory 0) (func) {segments} {exports})"))?;
    let locals = "i64 ".repeat(150);
    let sets: String = (1..=150).map(|local| format!("(local.set {local} (i64.const {local}))")).collect();
    let deep = wat::parse_str(format!(
        "(module (func $dig (export \"dig\") (param i32) (local {locals}) {sets}
            (if (local.get 0) (then (call $dig (i32.sub (local.get 0) (i32.const 1)))))))"
    ))?;
    for _ in 0..3 {
        let refused = chip.load(&large, |_| ()).err().ok_or("there is room")?;
        let end = Seen::failed(refused)?.end;
        ensure!(end == End::Failed(Abstain::Room.code(), 0), "{end:?}");

        chip.load(&deep, |_| ())?;
        let dig = |chip: &mut Target, depth| Seen::invoked(chip.invoke("dig", &[Value::I32(depth)], PLENTY));
        ensure!(matches!(dig(chip, 5)?.end, End::Returned(_)), "it does not dig at all");
        let end = dig(chip, 250)?.end;
        ensure!(end == End::Failed(Abstain::Memory.code(), 0), "{end:?}");
        let end = dig(chip, 5)?.end;
        ensure!(matches!(end, End::Returned(_)), "it is lost: {end:?}");

        chip.load(guests::GREET, |_| ())?;
        let greeting = chip.call("greet", b"Ada", PLENTY, Delivery::Call)?;
        ensure!(greeting.bytes == b"Hello, Ada", "{greeting:?}");
    }
    Ok(())
}

const KERNELS: &[u8] = include_bytes!("../../../fuel/tests/data/kernels-small.wasm");
