//! The runner behind `cargo run` in an emulated board's folder: `runner BOARD ELF [PORT] [WORD...]`.
//!
//! Starts the emulator, puts the firmware's link on a socket of this machine, 7777 unless told, prints its log as text,
//! and ends with the emulator's exit code. The firmware finds the words behind `-append`.

#[path = "../../../cli/src/board.rs"]
#[allow(dead_code, reason = "the command uses the rest")]
mod board;
#[path = "../../../cli/src/terminal.rs"]
#[allow(dead_code, reason = "the command uses the rest")]
mod terminal;
#[path = "../../../cli/src/termination.rs"]
mod termination;

use std::{
    env, fs,
    io::Read,
    net::TcpListener,
    path::Path,
    process::{Stdio, exit},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Error, Result};
use board::Board;
use defmt_decoder::{DecodeError, Table};

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    let board = words.next().context("the board is missing")?;
    let board = Board::named(&board).map_err(Error::msg)?;
    let elf = words.next().context("the firmware is missing")?;
    let words: Vec<_> = words.collect();
    let (port, words) = match words.split_first() {
        Some((first, rest)) if let Ok(port) = first.parse::<u16>() => (port, rest),
        _ => (PORT, &words[..]),
    };
    // The emulator would say so of its own arguments, after this said where the link is.
    TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        format!("port {port} cannot be had for the link: give another, as `cargo run --release -- 7778`")
    })?;
    let table = Table::parse(&fs::read(&elf).with_context(|| format!("reading {elf}"))?)?;
    let mut emulator = board.emulator(Path::new(&elf), &format!("port={port},server=on,wait=off"), true);
    if !words.is_empty() {
        emulator.args(["-append", &words.join(" ")]);
    }
    let mut emulator = emulator
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} does not start; `cargo xtask setup` installs it", board.program))?;
    let log = emulator.stdout.take();
    let emulator = Arc::new(Mutex::new(emulator));
    let ended = Arc::clone(&emulator);
    termination::act(move || {
        let _ = locked(&ended).kill();
    });
    eprintln!("the link is tcp:127.0.0.1:{port}; end with Ctrl-C");
    if let (Some(log), Some(table)) = (log, table) {
        print(log, &table)?;
    }
    // Its output has ended, and so it has, or is about to.
    exit(locked(&emulator).wait()?.code().unwrap_or(1))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
                // It has words of guests.
                Ok(frame) => println!("{}", terminal::line(&frame.display(false).to_string())),
                Err(DecodeError::UnexpectedEof) => break,
                Err(DecodeError::Malformed) => eprintln!("a line of the log is damaged"),
            }
        }
    }
}

/// Where the link listens unless told.
const PORT: u16 = 7777;
