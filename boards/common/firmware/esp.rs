//! The build script of every board with an ESP32: its memory map is the driver library's.

fn main() {
    println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    // Last: it counts on what the others define.
    println!("cargo:rustc-link-arg-bins=-Tlinkall.x");
    println!("cargo:rerun-if-changed=Cargo.toml");
}
