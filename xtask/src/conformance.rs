//! The core WebAssembly test suite on an emulated board.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{
    board::Board,
    firmware::{self, Pace},
    setup,
};

/// Has the desktop's run of the suite write its steps to a file, and runs them on `board`: all must go well there too.
///
/// # Errors
/// When one does not, or is missing.
pub fn run(board: &Board) -> Result<()> {
    let folder = setup::root().join("target/conformance");
    fs::create_dir_all(&folder)?;
    let file = folder.join("steps");
    let written = Command::new("cargo")
        .args(["test", "--workspace", "--locked", "--quiet", "--test", "conformance"])
        .env("SCRIPTS", &file)
        .current_dir(setup::root())
        .output()
        .context("starting cargo")?;
    let words = String::from_utf8_lossy(&written.stderr);
    ensure!(written.status.success(), "the steps were not written: {words}");
    let said = firmware::test(board, Pace::Free, &format!("conformance {}", file.display()))?;
    print!("{said}");
    let count = |said: &str, words: &str| -> Result<u32> {
        let line = said.lines().find_map(|line| line.strip_suffix(words));
        Ok(line.with_context(|| format!("nobody says how many{words}"))?.parse()?)
    };
    let steps = count(&String::from_utf8_lossy(&written.stdout), " steps")?;
    let (well, abstained) = (count(&said, " steps went well")?, count(&said, " want more memory")?);
    ensure!(well + abstained == steps, "a desktop runs {steps} steps");
    ensure!(abstained <= ABSTAINED, "more than {ABSTAINED} steps want more memory");
    Ok(())
}

/// Steps that need a memory of 52 MB, which grows, and those that follow them.
const ABSTAINED: u32 = 8;
