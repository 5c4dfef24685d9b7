//! The engine's crates for chips without compare-and-swap.
//!
//! The standard library has no shared reference counts there, so the published crates do not compile. What is made of
//! them here differs in two ways: their `alloc` is a crate beside them that has those counts, and the few lines that
//! count on more than it can give are others. They say nothing of warnings.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::setup;

/// Makes the crates, in `boards/portable`, of those that the workspace's lock file names.
///
/// # Errors
/// When one is not the one that the changes were written for, or a file cannot be read or written.
pub fn run() -> Result<()> {
    let packages = packages()?;
    for (name, version) in CRATES {
        let package = packages.iter().find(|package| package.name == *name && package.version == *version);
        let package = package.with_context(|| {
            format!("the workspace does not use {name} {version}: look through xtask/src/portable.rs")
        })?;
        let from = package.manifest_path.parent().context("a manifest lies in a folder")?;
        let to = setup::root().join("boards/portable").join(name);
        write(&to.join("Cargo.toml"), &(read(&package.manifest_path)? + ALLOC))?;
        copy(name, from, &to, Path::new("src"))?;
        if from.join("build.rs").is_file() {
            write(&to.join("build.rs"), &read(&from.join("build.rs"))?)?;
        }
    }
    Ok(())
}

/// The crates and the versions that the changes fit.
const CRATES: &[(&str, &str)] =
    &[("wasmi", "2.0.0"), ("wasmi_collections", "2.0.0"), ("wasmi_core", "2.0.0"), ("wasmparser", "0.228.0")];

/// What takes the place of the standard library's crate of that name.
const ALLOC: &str = "\n[dependencies.alloc]\npackage = \"portable-alloc\"\npath = \"../alloc\"\n";

/// Crate, file, what stands there once, and what stands there instead.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("wasmi", "src/engine/mod.rs", "use core::sync::atomic::", "use alloc::sync::atomic::"),
    (
        "wasmi",
        "src/engine/code_map/mod.rs",
        "    sync::atomic::{AtomicU8, AtomicUsize, Ordering},\n};",
        "};\nuse alloc::sync::atomic::{AtomicU8, AtomicUsize, Ordering};",
    ),
    ("wasmi", "src/store/id.rs", "use core::sync::atomic::", "use alloc::sync::atomic::"),
    // No count but the standard one becomes that of a trait's object by itself.
    (
        "wasmi",
        "src/func/mod.rs",
        "Arc::new(trampoline)",
        "Arc::from(Box::new(trampoline) as Box<TrampolineFn<T>>)",
    ),
    (
        "wasmi_core",
        "src/fuel.rs",
        "Arc::new(custom)",
        "Arc::from(alloc::boxed::Box::new(custom) as alloc::boxed::Box<dyn FuelCosts + Send + Sync>)",
    ),
    ("wasmparser", "src/validator.rs", "use ::core::sync::atomic::", "use alloc::sync::atomic::"),
    (
        "wasmparser",
        "src/validator/component_types.rs",
        "use core::sync::atomic::",
        "use alloc::sync::atomic::",
    ),
];

/// Copies `folder` of the crate `name`, with its changes.
fn copy(name: &str, from: &Path, to: &Path, folder: &Path) -> Result<()> {
    let entries = fs::read_dir(from.join(folder)).with_context(|| format!("reading {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(name, from, to, &path)?;
            continue;
        }
        let mut text = read(&from.join(&path))?;
        for (_, file, old, new) in
            CHANGES.iter().filter(|(of, file, ..)| *of == name && path == Path::new(file))
        {
            ensure!(text.matches(old).count() == 1, "{name}: {file} does not have one `{old}`");
            text = text.replace(old, new);
        }
        if path == Path::new("src/lib.rs") {
            // Nor does cargo show those of crates of a registry.
            text.insert_str(0, "#![allow(warnings)]\n");
        }
        write(&to.join(&path), &text)?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

/// Writes what is not there yet: what did not change is not compiled again.
fn write(file: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let folder = file.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

/// Every package that the workspace's lock file names; cargo fetches what is missing.
fn packages() -> Result<Vec<Package>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1", "--locked"]).current_dir(setup::root());
    let output = cargo.output().context("starting cargo")?;
    ensure!(output.status.success(), "`cargo metadata` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("what `cargo metadata` says")?;
    Ok(metadata.packages)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}
