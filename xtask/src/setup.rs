//! What the repository needs beside Rust itself: targets of the compiler, QEMU, and LLVM if it is asked for.
//!
//! Looks first and installs only what is missing.

use std::{collections::BTreeSet, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{
    board::{self, Board},
    boards, llvm, packages, portable,
};

/// Installs what is missing for the guests, for every board, and with `with_llvm` for guests that LLVM compiles.
///
/// # Errors
/// A text that says what to do by hand.
pub fn run(with_qemu: bool, with_llvm: bool) -> Result<()> {
    targets(&["wasm32-unknown-unknown"])?;
    let boards = boards::all()?;
    targets(
        &boards.iter().map(|board| &*board.target).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
    )?;
    portable::run()?;
    if with_qemu {
        qemu(board::ALL)?;
    }
    if with_llvm { llvm::install() } else { Ok(()) }
}

/// Installs those of `wanted` that the compiler lacks.
///
/// # Errors
/// When there is no rustup, or it fails.
pub fn targets(wanted: &[&str]) -> Result<()> {
    let missing: Vec<_> = wanted.iter().filter(|target| !has_target(target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let status = Command::new("rustup").args(["target", "add"]).args(&missing).current_dir(root()).status();
    let line = format!("rustup target add {}", missing.iter().map(|t| **t).collect::<Vec<_>>().join(" "));
    let status = status.with_context(|| format!("rustup did not start: install what `{line}` would"))?;
    ensure!(status.success(), "`{line}` failed: run it in the repository to see why");
    Ok(())
}

/// Installs QEMU for `boards` where there is none.
///
/// # Errors
/// When it is missing and cannot be installed here, or is older than [`OLDEST_QEMU`].
pub fn qemu(boards: &[Board]) -> Result<()> {
    let missing = boards.iter().filter(|board| version(board.program).is_none());
    let missing: BTreeSet<_> = missing.map(|board| board.package).collect();
    if !missing.is_empty() {
        let packages: Vec<_> = missing.into_iter().collect();
        let names = packages.join(" ");
        packages::install(&format!("QEMU {OLDEST_QEMU} or newer"), &packages, |manager| match manager {
            "dnf" => Some(format!("sudo dnf install {names}")),
            "pacman" => Some(format!("sudo pacman -S {names}")),
            "brew" => Some("brew install qemu".to_owned()),
            _ => None,
        })?;
    }
    for Board { program, .. } in boards {
        let version = version(program).with_context(|| {
            format!("{program} was installed but does not start: run `{program} --version`")
        })?;
        ensure!(
            version >= OLDEST_QEMU,
            "{program} is version {version}, older than {OLDEST_QEMU}: install a newer one"
        );
    }
    Ok(())
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository's root")
}

/// The oldest major version that emulates the board and counts its instructions.
const OLDEST_QEMU: u32 = 7;

/// A target is there when its libraries are, whoever put them there.
fn has_target(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .current_dir(root())
        .output();
    output.is_ok_and(|output| {
        let path = String::from_utf8_lossy(&output.stdout);
        output.status.success() && Path::new(path.trim()).is_dir()
    })
}

/// The major version of an emulator on the path.
fn version(program: &str) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split("version ").nth(1)?.split('.').next()?.parse().ok()
}
