//! LLVM, and the same checks with it as with Cranelift: the suites, the vectors, random programs.

use std::{env, ffi::OsString, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{packages, setup};

/// Runs the checks with every compiler, and `programs` random programs with LLVM.
///
/// # Errors
/// When LLVM cannot be installed here, or a check fails.
pub fn run(programs: u64) -> Result<()> {
    install()?;
    let tests = TESTS.iter().flat_map(|name| ["--test", name]);
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--locked", "--features", FEATURE]).args(tests);
    let tested = cargo.current_dir(setup::root()).status().context("starting cargo")?;
    ensure!(tested.success(), "a check with LLVM failed");
    let arguments = ["--compiler", "llvm", "--programs", &programs.to_string()].map(OsString::from);
    crate::example_with(&["--features", FEATURE], "parity", arguments)
}

/// Installs LLVM where there is none.
///
/// # Errors
/// When it cannot be installed here: what to do by hand.
pub fn install() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let what = format!("LLVM {VERSION} (or {PREFIX}, which says where it is)");
    packages::install(&what, PACKAGES, |manager| {
        let line =
            format!(r#"brew install llvm@{VERSION} && export {PREFIX}="$(brew --prefix llvm@{VERSION})""#);
        (manager == "brew").then_some(line)
    })
}

/// Whether LLVM is installed.
pub fn is_there() -> bool {
    env::var_os(PREFIX).is_some() || PACKAGES.iter().all(|package| packages::has(package))
}

const VERSION: u32 = 22;

/// Where Rust's bindings look for LLVM before they look on the path.
const PREFIX: &str = "LLVM_SYS_221_PREFIX";

/// LLVM, and what it is linked with.
const PACKAGES: &[&str] =
    &["llvm-22-dev", "libpolly-22-dev", "libxml2-dev", "libzstd-dev", "zlib1g-dev", "g++"];

const FEATURE: &str = "aingle-wasm-backend-wasmer/wasmer_sys_prod";

/// Those that run on every compiler of a build.
const TESTS: [&str; 8] =
    ["cache", "conformance", "config", "desktop", "memory_styles", "server", "sweep", "vectors"];
