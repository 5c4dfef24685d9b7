//! What the command finds when it is used inside a checkout of the project: firmware and the guest SDK.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::board::Board;

/// The root of the checkout that the working directory, or else this program, lies in.
pub fn root() -> Option<PathBuf> {
    let places = [env::current_dir().ok(), env::current_exe().ok()];
    places.into_iter().flatten().find_map(|place| {
        let is_root = |folder: &&Path| {
            let manifest = fs::read_to_string(folder.join("cli/Cargo.toml"));
            manifest.is_ok_and(|manifest| manifest.contains("name = \"aingle-wasm\""))
        };
        place.ancestors().find(is_root).map(Path::to_owned)
    })
}

/// Builds the firmware of `board` and says where it is.
///
/// # Errors
/// A sentence: no such board, not in a checkout, or that it does not build.
pub fn firmware(board: &str) -> Result<PathBuf, String> {
    let firmware = Board::named(board)?.folder;
    let folder = root().map(|root| root.join("boards").join(firmware)).filter(|folder| folder.is_dir());
    let folder = folder.ok_or_else(|| {
        format!("no firmware for {board}: name a file with --firmware, or work inside a checkout, where it is built")
    })?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release"]).current_dir(&folder);
    let built = artifacts(&mut cargo).map_err(|words| format!("the firmware does not build: {words}"))?;
    let program = built.iter().rev().find_map(|artifact| artifact["executable"].as_str());
    program.map(PathBuf::from).ok_or_else(|| format!("{} builds no program", folder.display()))
}

/// Runs a build and returns what cargo says of each artifact. What it says to people is shown as it comes.
///
/// # Errors
/// Cargo did not start, or failed and has said why.
pub fn artifacts(cargo: &mut Command) -> Result<Vec<serde_json::Value>, String> {
    cargo.arg("--message-format=json-render-diagnostics").stdin(Stdio::null());
    let output = cargo.stdout(Stdio::piped()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err("cargo said why".to_owned());
    }
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    Ok(messages.filter(|message| message["reason"] == "compiler-artifact").collect())
}
