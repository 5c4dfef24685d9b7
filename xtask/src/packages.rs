//! Packages of the system: on Debian and Ubuntu root gets them installed, elsewhere the error says the line to type.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

/// Installs `packages` of Debian and Ubuntu for `what`, which is missing. For another package manager `line` knows
/// what to type.
///
/// # Errors
/// What to do by hand, or why it did not work.
pub fn install(what: &str, packages: &[&str], line: impl Fn(&str) -> Option<String>) -> Result<()> {
    let names = packages.join(" ");
    let line = match manager() {
        Some("apt-get") if is_root() => return apt(packages),
        Some("apt-get") => Some(format!("sudo apt-get install --no-install-recommends {names}")),
        Some(manager) => line(manager),
        None => None,
    };
    match line {
        Some(line) => {
            bail!("{what} is missing, or a part of it. Install it with\n\n    {line}\n\nand start again.")
        }
        None => bail!("{what} is missing: install what other systems have in {names}"),
    }
}

/// Whether Debian's or Ubuntu's `package` is installed.
pub fn has(package: &str) -> bool {
    let mut command = Command::new("dpkg-query");
    command.args(["--show", "--showformat", "${db:Status-Status}", package]).stderr(Stdio::null());
    command.output().is_ok_and(|output| output.stdout == b"installed")
}

fn manager() -> Option<&'static str> {
    ["apt-get", "dnf", "pacman", "brew"].into_iter().find(|name| {
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// Where the release's own packages contradict one that is already there, or lack a part, those of its backports are
/// taken: nothing that is installed is ever removed. Older releases without backports have the smaller emulators in
/// one package.
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
