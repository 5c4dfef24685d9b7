//! Every board there is, emulated or not: a folder in `boards` with a budget.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::{portable, setup};

/// A board's folder.
pub struct Folder {
    /// What it is called, and its firmware too.
    pub name: String,
    pub path: PathBuf,
    /// The compiler's target for its firmware.
    pub target: String,
}

/// Every board, by name.
///
/// # Errors
/// When a folder cannot be read, or does not say for which target it is.
pub fn all() -> Result<Vec<Folder>> {
    let boards = setup::root().join("boards");
    let entries = fs::read_dir(&boards).with_context(|| format!("reading {}", boards.display()))?;
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("reading {}", boards.display()))?.path();
        if path.join(BUDGET).is_file() {
            all.push(Folder::at(path)?);
        }
    }
    ensure!(!all.is_empty(), "no folder in {} has a {BUDGET}", boards.display());
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// Where a board's programs are once they are built: what several boards need is built once.
pub fn built(target: &str, profile: Profile, name: &str) -> PathBuf {
    setup::root().join("boards/target").join(target).join(profile.name()).join(name)
}

/// The same folder, for `cargo` in a board's.
pub const TARGET_DIR: [&str; 2] = ["--target-dir", "../target"];

/// The file that makes a folder a board's.
pub const BUDGET: &str = "size.toml";

impl Folder {
    fn at(path: PathBuf) -> Result<Self> {
        let file = path.join(".cargo/config.toml");
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let config: Config = toml::from_str(&text).with_context(|| format!("in {}", file.display()))?;
        let name = path.file_name().and_then(|name| name.to_str()).context("a board's name is no text")?;
        Ok(Self { name: name.to_owned(), target: config.build.target, path })
    }

    /// Builds the firmware and says where it is.
    ///
    /// # Errors
    /// When it does not build.
    pub fn firmware(&self, profile: Profile) -> Result<PathBuf> {
        setup::targets(&[&self.target])?;
        portable::run()?;
        let mut build = profile.build(&self.name);
        let status =
            build.args(profile.flags()).current_dir(&self.path).status().context("starting cargo")?;
        ensure!(status.success(), "the firmware in {} does not build", self.path.display());
        Ok(built(&self.target, profile, &self.name))
    }
}

/// How programs for boards are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As fast as a small image can be.
    Release,
    /// As small as it can be; not every board has it.
    Tiny,
}

impl Profile {
    /// Its name, which is that of a folder too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Tiny => "tiny",
        }
    }

    /// What builds the program of that name in a board's folder.
    pub fn build(self, program: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["rustc", "--quiet", "--locked", "--profile", self.name(), "--bin", program])
            .args(TARGET_DIR);
        cargo
    }

    /// What the compiler is told for the last crate, behind the arguments for cargo.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Release => &[],
            // Else it hoists what hundreds of operators need to the loop's head: slower and larger.
            Self::Tiny => &["--", "-Cllvm-args=-disable-machine-cse"],
        }
    }
}

/// What cargo reads in a board's folder, as far as it is read here.
#[derive(Deserialize)]
struct Config {
    build: Build,
}

#[derive(Deserialize)]
struct Build {
    target: String,
}
