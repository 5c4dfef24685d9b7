//! Tells the crate which Arm architecture it is built for: the compiler does not. Tells the linker that interrupts of
//! emulated machines have no handlers of their own.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    for (prefix, name) in [("thumbv6m", "armv6m"), ("thumbv8m.main", "armv8m")] {
        println!("cargo:rustc-check-cfg=cfg({name})");
        if target.starts_with(prefix) {
            println!("cargo:rustc-cfg={name}");
        }
    }
    if target.starts_with("thumb") && env::var_os("CARGO_FEATURE_EMULATED").is_some() {
        let folder = env::var("OUT_DIR").expect("cargo says where to write");
        fs::write(Path::new(&folder).join("device.x"), "").expect("cargo's folder can be written");
        println!("cargo:rustc-link-search={folder}");
    }
}
