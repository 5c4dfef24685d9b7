//! What the repository needs beside Rust itself: targets of the compiler, and QEMU.
//!
//! Looks first and installs only what is missing. QEMU is installed only by root on Debian or Ubuntu;
//! elsewhere the error says the line to type.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::board::{self, Board};

/// Installs what is missing for the guests and for every board.
///
/// # Errors
/// A text that says what to do by hand.
pub fn run(with_qemu: bool) -> Result<()> {
    targets(&["wasm32-unknown-unknown"])?;
    targets(&board::ALL.iter().map(|board| board.target).collect::<Vec<_>>())?;
    if with_qemu { qemu(board::ALL) } else { Ok(()) }
}

/// Installs those of `wanted` that the compiler lacks.
///
/// # Errors
/// When there is no rustup, or it fails.
pub fn targets(wanted: &[&str]) -> Result<()> {
    let missing: Vec<_> = wanted.iter().filter(|target| !has_target(target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let status = Command::new("rustup").args(["target", "add"]).args(&missing).current_dir(root()).status();
    let line = format!("rustup target add {}", missing.iter().map(|t| **t).collect::<Vec<_>>().join(" "));
    let status = status.with_context(|| format!("rustup did not start: install what `{line}` would"))?;
    ensure!(status.success(), "`{line}` failed: run it in the repository to see why");
    Ok(())
}

/// Installs QEMU for `boards` where there is none.
///
/// # Errors
/// When it is missing and cannot be installed here, or is older than [`OLDEST_QEMU`].
pub fn qemu(boards: &[Board]) -> Result<()> {
    let missing = boards.iter().filter(|board| version(board.program).is_none());
    let missing: BTreeSet<_> = missing.map(|board| board.package).collect();
    if !missing.is_empty() {
        install(&missing.into_iter().collect::<Vec<_>>())?;
    }
    for Board { program, .. } in boards {
        let version = version(program).with_context(|| {
            format!("{program} was installed but does not start: run `{program} --version`")
        })?;
        ensure!(
            version >= OLDEST_QEMU,
            "{program} is version {version}, older than {OLDEST_QEMU}: install a newer one"
        );
    }
    Ok(())
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository's root")
}

/// The oldest major version that emulates the board and counts its instructions.
const OLDEST_QEMU: u32 = 7;

/// A target is there when its libraries are, whoever put them there.
fn has_target(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .current_dir(root())
        .output();
    output.is_ok_and(|output| {
        let path = String::from_utf8_lossy(&output.stdout);
        output.status.success() && Path::new(path.trim()).is_dir()
    })
}

/// The major version of an emulator on the path.
fn version(program: &str) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split("version ").nth(1)?.split('.').next()?.parse().ok()
}

fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let line = match package_manager() {
        Some("apt-get") if is_root() => return apt(packages),
        Some("apt-get") => format!("sudo apt-get install --no-install-recommends {names}"),
        Some("dnf") => format!("sudo dnf install {names}"),
        Some("pacman") => format!("sudo pacman -S {names}"),
        Some("brew") => "brew install qemu".to_owned(),
        _ => bail!("QEMU is missing: install version {OLDEST_QEMU} or newer, with what is in {names}"),
    };
    bail!("QEMU is missing, or a part of it. Install it with\n\n    {line}\n\nand start again.")
}

fn package_manager() -> Option<&'static str> {
    ["apt-get", "dnf", "pacman", "brew"].into_iter().find(|name| {
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// Where the release's own QEMU contradicts a package that is already there, or lacks a part, the one of its
/// backports is taken: nothing that is installed is ever removed. Older releases without backports have the
/// smaller emulators in one package.
fn apt(packages: &[&str]) -> Result<()> {
    eprintln!("installing {}", packages.join(" "));
    apt_get(&["update"])?;
    if fits(packages) {
        return apt_get(&[INSTALL, packages].concat());
    }
    if let Some(suite) = backports(&fs::read_to_string("/etc/os-release").context("reading /etc/os-release")?)
    {
        add_suite(&suite)?;
        apt_get(&["update"])?;
        return apt_get(&[INSTALL, &["-t", &suite], packages].concat());
    }
    let older: Vec<_> =
        packages.iter().map(|name| if *name == RISCV { "qemu-system-misc" } else { name }).collect();
    ensure!(fits(&older), "this system's package lists have no fitting {}", packages.join(" "));
    apt_get(&[INSTALL, &older].concat())
}

const RISCV: &str = "qemu-system-riscv";

const INSTALL: &[&str] = &["install", "--yes", "--no-install-recommends", "--no-remove"];

fn fits(packages: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command.args(INSTALL).arg("--simulate").args(packages);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let line = format!("apt-get {}", arguments.join(" "));
    let output = Command::new("apt-get")
        .arg("--quiet")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .with_context(|| format!("starting `{line}`"))?;
    ensure!(output.status.success(), "`{line}` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The suite of newer packages for a Debian release; `None` for other systems.
fn backports(os_release: &str) -> Option<String> {
    let field = |name: &str| {
        let value = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.trim_matches('"').to_owned())
    };
    (field("ID")? == "debian").then(|| field("VERSION_CODENAME").map(|name| name + "-backports"))?
}

/// Adds `suite` from wherever the system already takes its packages.
fn add_suite(suite: &str) -> Result<()> {
    let folder = Path::new("/etc/apt/sources.list.d");
    let sources = [(folder.join("debian.sources"), "sources"), ("/etc/apt/sources.list".into(), "list")];
    for (file, kind) in sources {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let stanza = if kind == "sources" { stanza_with(&text, suite) } else { line_with(&text, suite) };
        if let Some(stanza) = stanza {
            let added = folder.join(format!("{suite}.{kind}"));
            eprintln!("adding the suite {suite} in {}", added.display());
            return fs::write(&added, stanza).with_context(|| format!("writing {}", added.display()));
        }
    }
    bail!("no package source of this system could be copied for {suite}: add that suite by hand")
}

/// The first stanza of a `.sources` file, for another suite.
fn stanza_with(text: &str, suite: &str) -> Option<String> {
    let first = text.split("\n\n").find(|stanza| stanza.contains("Suites:"))?;
    let lines = first.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.map(|line| match line.starts_with("Suites:") {
        true => format!("Suites: {suite}\n"),
        false => format!("{line}\n"),
    });
    Some(lines.collect())
}

/// The first binary source of a `sources.list`, for another suite.
fn line_with(text: &str, suite: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("deb "))?;
    // deb [options] address suite component…
    let options_end = line.find(']').map_or("deb ".len(), |at| at + 2);
    let mut words: Vec<_> = line.get(options_end..)?.split_whitespace().collect();
    *words.get_mut(1)? = suite;
    Some(format!("{}{}\n", &line[..options_end], words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_a_source_for_another_suite() {
        let sources =
            "Types: deb\n# a note\nURIs: u\nSuites: a a-updates\nSigned-By: k\n\nTypes: deb\nSuites: b\n";
        let copied = stanza_with(sources, "a-backports").unwrap();
        assert_eq!(copied, "Types: deb\nURIs: u\nSuites: a-backports\nSigned-By: k\n");
        let list = "# note\ndeb [signed-by=/k] u a main contrib\ndeb u2 b main\n";
        assert_eq!(line_with(list, "x").unwrap(), "deb [signed-by=/k] u x main contrib\n");
        assert_eq!(line_with("deb u a main\n", "x").unwrap(), "deb u x main\n");
    }

    #[test]
    fn only_debian_has_backports() {
        let debian = "PRETTY_NAME=\"D\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        assert_eq!(backports(debian).as_deref(), Some("bookworm-backports"));
        assert_eq!(backports("ID=ubuntu\nVERSION_CODENAME=noble\n"), None);
    }
}
