//! Tells the crate which Arm architecture it is built for: the compiler does not.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    for (prefix, name) in [("thumbv6m", "armv6m"), ("thumbv8m.main", "armv8m")] {
        println!("cargo:rustc-check-cfg=cfg({name})");
        if target.starts_with(prefix) {
            println!("cargo:rustc-cfg={name}");
        }
    }
}
