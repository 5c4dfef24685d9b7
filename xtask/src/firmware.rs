//! Programs for emulated boards that do something and end.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};

use crate::{
    board::Board,
    boards::{self, Profile},
    setup,
};

/// Builds the program `name` of `board` with the board's feature `feature`, under environment `variables`.
///
/// # Errors
/// When it does not build.
pub fn build(
    board: &Board,
    profile: Profile,
    feature: &str,
    name: &str,
    variables: &[(&str, &str)],
) -> Result<PathBuf> {
    let folder = setup::root().join("boards").join(board.folder);
    let mut build = profile.build(name);
    build.args(["--features", feature]).args(profile.flags()).envs(variables.iter().copied());
    let status = build.current_dir(&folder).status().context("starting cargo")?;
    ensure!(status.success(), "the program {name} in {} does not build", folder.display());
    Ok(boards::built(board.target, profile, name))
}

/// How an emulator spends time.
#[derive(Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each instruction takes the same time of the board's clock, so that the clock counts them.
    Counted,
    /// As fast as it can: several times as many instructions a second.
    Free,
}

/// Builds the program that tests `board`.
///
/// # Errors
/// When it does not build.
pub fn suite(board: &Board) -> Result<PathBuf> {
    setup::targets(&[board.target])?;
    build(board, Profile::Release, "suite", "suite", &[])
}

/// Has it do what the `words` say; answers what it said on the console.
///
/// # Errors
/// When it does not build, or as [`check`].
pub fn test(board: &Board, pace: Pace, words: &str) -> Result<String> {
    check(board, &suite(board)?, pace, words)
}

/// Has `program`, which tests the board, do what the `words` say; answers what it said on the console.
///
/// # Errors
/// When it does not say in the end that all is well: a board that was reset ends as one that is done.
pub fn check(board: &Board, program: &Path, pace: Pace, words: &str) -> Result<String> {
    let said = run(board, program, pace, &["-append", words])?;
    ensure!(said.contains("all is well: "), "{} was reset, or ended before it was done: {said}", board.name);
    Ok(said)
}

/// Runs `program` until it ends, its emulator with more `arguments`; answers what it said on the console.
///
/// # Errors
/// When it ends by another exit code than 0; what it said is in the error.
pub fn run(board: &Board, program: &Path, pace: Pace, arguments: &[&str]) -> Result<String> {
    // Nobody talks over the link, but the emulator wants one.
    let link = TcpListener::bind(("127.0.0.1", 0)).context("listening on this machine")?;
    let socket = format!("port={}", link.local_addr()?.port());
    let mut emulator = board.emulator(program, &socket, pace == Pace::Counted);
    let output = emulator.args(arguments).stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("starting {}", board.program))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{} on {} failed: {said}", program.display(), board.name);
    // Which is how it ends when the board is reset.
    ensure!(!said.is_empty(), "{} on {} ended without a word", program.display(), board.name);
    Ok(said)
}
