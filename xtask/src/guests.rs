//! The guests under `guest/examples`, built for every machine.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

use crate::setup;

/// Builds the example guests and returns the folder that they are in.
///
/// # Errors
/// When the target cannot be installed, or they do not build.
pub fn build() -> Result<PathBuf> {
    setup::targets(&["wasm32-unknown-unknown"])?;
    let folder = setup::root().join("guest/examples");
    // Apart from what `aingle-wasm build` makes there, which has more in it. The tests look in the same place.
    let target = folder.join("target/plain");
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .context("starting cargo")?;
    ensure!(built.success(), "the example guests do not build");
    Ok(target.join("wasm32-unknown-unknown/release"))
}
