//! The example guests, built with our SDK.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use libtest_mimic::Failed;

/// An example in Rust.
pub fn example(name: &str) -> Result<Vec<u8>, Failed> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = BUILT.get_or_init(build);
    Ok(fs::read(folder.as_ref().map_err(String::as_str)?.join(name).with_extension("wasm"))?)
}

fn build() -> Result<PathBuf, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../guest/examples");
    // Apart from what `aingle-wasm build` makes there, which has more in it.
    let target = folder.join("target/plain");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    match built.success() {
        true => Ok(target.join("wasm32-unknown-unknown/release")),
        false => Err("the example guests do not build: `cargo xtask setup` installs what they need".into()),
    }
}
