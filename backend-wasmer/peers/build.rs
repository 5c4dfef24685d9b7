//! Builds the guests of peers, each with the peer's own SDK, and the peer that needs a program of its own.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    // Kept when this program's own dependencies change.
    let target = here.join("target/peers");
    build(&here.join("guests"), &target, &["--target", "wasm32-unknown-unknown"]);
    build(&here.join("holochain"), &target, &[]);
    println!("cargo:rustc-env=GUESTS={}", target.join("wasm32-unknown-unknown/release").display());
    let program = target.join("release/echo-through-holochain").with_extension(env::consts::EXE_EXTENSION);
    println!("cargo:rustc-env=HOLOCHAIN={}", program.display());
}

fn build(folder: &Path, target: &Path, arguments: &[&str]) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    cargo
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(target)
        .args(arguments)
        .current_dir(folder);
    // What this program is built with is nothing for them.
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTC_WORKSPACE_WRAPPER");
    assert!(cargo.status().expect("cargo starts").success(), "{} does not build", folder.display());
}
