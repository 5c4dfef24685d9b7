//! The runner behind `cargo run` in an emulated board's folder: `runner MACHINE ELF [PORT]`.
//!
//! Starts the emulator, puts the firmware's link on a socket of this machine, prints its log as text, and ends
//! with the emulator's exit code.

use std::{
    env, fs,
    io::Read,
    process::{Command, Stdio, exit},
};

use anyhow::{Context, Result};
use defmt_decoder::{DecodeError, Table};

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    let machine = words.next().context("the machine is missing")?;
    let elf = words.next().context("the firmware is missing")?;
    let port = words.next().map_or(Ok(PORT), |word| word.parse()).context("the port is a number")?;
    let table = Table::parse(&fs::read(&elf).with_context(|| format!("reading {elf}"))?)?;
    let mut emulator = Command::new(QEMU)
        .args(["-machine", &machine, "-display", "none", "-monitor", "none"])
        .args(["-icount", "shift=6,sleep=off,align=off"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args([
            "-chardev",
            &format!("socket,id=link,host=127.0.0.1,port={port},server=on,wait=off,nodelay=on"),
        ])
        .args(["-serial", "chardev:link", "-kernel", &elf])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{QEMU} does not start; `cargo xtask setup` installs it"))?;
    eprintln!("the link is tcp:127.0.0.1:{port}; end with Ctrl-C");
    if let (Some(log), Some(table)) = (emulator.stdout.take(), table) {
        print(log, &table)?;
    }
    exit(emulator.wait()?.code().unwrap_or(1))
}

/// Prints the log until it ends.
fn print(mut log: impl Read, table: &Table) -> Result<()> {
    let mut decoder = table.new_stream_decoder();
    let mut room = [0; 1024];
    loop {
        match log.read(&mut room)? {
            0 => return Ok(()),
            len => decoder.received(&room[..len]),
        }
        loop {
            match decoder.decode() {
                Ok(frame) => println!("{}", frame.display(false)),
                Err(DecodeError::UnexpectedEof) => break,
                Err(DecodeError::Malformed) => eprintln!("a line of the log is damaged"),
            }
        }
    }
}

const QEMU: &str = "qemu-system-arm";

/// Where the link listens unless told.
const PORT: u16 = 7777;
