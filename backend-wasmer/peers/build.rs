//! Builds the guests of peers, each with the peer's own SDK.

use std::{env, path::PathBuf, process::Command};

fn main() {
    for path in ["Cargo.toml", "Cargo.lock", "extism", "holochain", "wapc"] {
        println!("cargo:rerun-if-changed=guests/{path}");
    }
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("guests");
    let mut build = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    build.args(["build", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--target-dir"]);
    build.arg(&target).current_dir("guests");
    // Flags of this machine are none for a guest.
    build.env_remove("CARGO_ENCODED_RUSTFLAGS");
    assert!(build.status().expect("cargo starts").success(), "the guests do not build");
    println!("cargo:rustc-env=GUESTS={}", target.join("wasm32-unknown-unknown/release").display());
}
