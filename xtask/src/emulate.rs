//! The runner behind `cargo run` in a board's folder: the emulator, its link on a socket, its log decoded.

use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio, exit},
};

use anyhow::{Context, Result};

use crate::setup;

/// Runs `elf` until it ends, then ends with its exit code. Its link listens on `port` of this machine.
///
/// # Errors
/// When there is no emulator, or it does not start.
pub fn run(elf: &Path, port: u16) -> Result<()> {
    setup::qemu()?;
    let mut emulator = Command::new(setup::QEMU)
        .args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-icount", "shift=6,sleep=off,align=off"])
        .args([
            "-chardev",
            &format!("socket,id=link,host=127.0.0.1,port={port},server=on,wait=off,nodelay=on"),
        ])
        .args(["-serial", "chardev:link", "-kernel"])
        .arg(elf)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", setup::QEMU))?;
    eprintln!("the link is tcp:127.0.0.1:{port}; end with Ctrl-C");
    if let Some(log) = emulator.stdout.take() {
        show(log, elf)?;
    }
    exit(emulator.wait()?.code().unwrap_or(1))
}

/// Prints the log as text.
#[cfg(feature = "logs")]
fn show(mut log: impl Read, elf: &Path) -> Result<()> {
    let table = defmt_decoder::Table::parse(&std::fs::read(elf)?)?.context("this firmware does not log")?;
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
                Err(defmt_decoder::DecodeError::UnexpectedEof) => break,
                Err(defmt_decoder::DecodeError::Malformed) => {
                    eprintln!("a line of the log is damaged")
                }
            }
        }
    }
}

/// Without the decoder the log is dropped.
#[cfg(not(feature = "logs"))]
fn show(mut log: impl Read, _: &Path) -> Result<()> {
    eprintln!("its log is not shown: this was built without the feature `logs`");
    std::io::copy(&mut log, &mut std::io::sink())?;
    Ok(())
}
