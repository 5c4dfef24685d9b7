//! `new`: makes a guest's crate.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use aingle_wasm::{checkout, hardware};

use crate::{
    args::New,
    fail::{Done, Fail},
    input,
};

pub fn run(arguments: &New) -> Done {
    let New { name, sdk } = arguments;
    check(name)?;
    let dependency = dependency(sdk.as_deref())?;
    let folder = Path::new(name);
    fs::create_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Fail::usage(format!("{name} is already there: choose another name")),
        _ => Fail::usage(format!("cannot make the folder {name}: {error}")),
    })?;
    let files = [
        ("Cargo.toml", MANIFEST.replace("NAME", name).replace("DEPENDENCY", &dependency)),
        ("src/lib.rs", SOURCE.to_owned()),
        ("README.md", README.replace("NAME", name).replace("FILE", &name.replace('-', "_"))),
        (".gitignore", "/target\n".to_owned()),
    ];
    let written = fs::create_dir(folder.join("src"))
        .and_then(|()| files.iter().try_for_each(|(file, text)| fs::write(folder.join(file), text)));
    written.map_err(|error| Fail::usage(format!("cannot write into {name}: {error}")))?;
    input::print(format!("made {name}; build it with `aingle-wasm build {name}`\n").as_bytes())
}

/// A name that cargo takes, and that no crate of Rust's own has.
fn check(name: &str) -> Done {
    let sound = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match (sound, TAKEN.contains(&name.replace('-', "_").as_str())) {
        (true, false) => Ok(()),
        (true, true) => Err(Fail::usage(format!("{name} is a word of Rust's own: choose another name"))),
        (false, _) => Err(Fail::usage(format!(
            "`{name}` is no name for a crate: begin with a letter, go on with letters, digits, - or _"
        ))),
    }
}

/// Where the SDK comes from.
fn dependency(sdk: Option<&Path>) -> Done<String> {
    let near = || checkout::root().map(|root| root.join("guest"));
    let Some(folder) = sdk.map(PathBuf::from).or_else(near) else {
        return Ok(format!("git = \"{}\"", env!("CARGO_PKG_REPOSITORY")));
    };
    let is_sdk = fs::read_to_string(folder.join("Cargo.toml"));
    if !is_sdk.is_ok_and(|manifest| manifest.contains("name = \"aingle-wasm-guest\"")) {
        return Err(Fail::usage(format!("{} is not the folder of the guest SDK", folder.display())));
    }
    let path = folder.canonicalize().unwrap_or(folder);
    Ok(format!("path = {}", hardware::quoted(&path.to_string_lossy())))
}

const MANIFEST: &str = r#"[package]
name = "NAME"
version = "0.1.0"
edition = "2021"

# Of no workspace that it happens to lie in.
[workspace]

[lib]
crate-type = ["cdylib"]

[dependencies]
aingle-wasm-guest = { DEPENDENCY }
"#;

const SOURCE: &str = r#"#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

aingle_wasm_guest::panic_handler!();

/// Answers in capital letters.
#[entry]
fn shout(input: &[u8]) -> Result<Vec<u8>, &'static str> {
    if input.is_empty() {
        return Err("say something");
    }
    info!("shouting");
    Ok(input.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    #[test]
    fn shouts() {
        assert_eq!(super::shout(b"hello").unwrap(), b"HELLO");
    }
}
"#;

const README: &str = "\
# NAME

A guest for AIngle WASM.

    aingle-wasm build .
    aingle-wasm run target/wasm32-unknown-unknown/release/FILE.wasm shout --input hello
    aingle-wasm run target/wasm32-unknown-unknown/release/FILE.wasm shout --input hello --on qemu:mps2-an386
";

/// Names that make a crate that does not build.
const TAKEN: &[&str] = &[
    "abstract",
    "aingle_wasm_guest",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates() {
        for name in ["hello", "hello-2", "a_b"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "2a", "-a", "a b", "a/b", "../a", "fn", "proc-macro", "é"] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
