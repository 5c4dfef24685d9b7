//! Flash and RAM of the firmware, against the budget that is checked in beside it.
//!
//! Flash is what is burnt: code, constants, and what variables start with. RAM is variables, the heap among
//! them; the stack gets the rest.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use object::{
    Object, ObjectSection, ObjectSymbol, SectionFlags, SectionIndex, SymbolKind,
    elf::{SHF_ALLOC, SHF_WRITE},
};
use serde::Deserialize;

use crate::{
    board::Board,
    boards::{self, BUDGET, Folder, Profile},
    firmware, image,
};

/// Builds every board's firmware, or that of `only` one, prints its sizes, and compares them; with `bless` writes a new
/// budget instead.
///
/// # Errors
/// When there is no such board, when one does not build, would not start, or is over budget; of the last all are printed
/// first.
pub fn run(only: Option<&str>, bless: bool) -> Result<()> {
    let mut boards = boards::all()?;
    boards.retain(|board| only.is_none_or(|only| board.name == only));
    ensure!(!boards.is_empty(), "no folder in boards has that name and a {BUDGET}");
    let mut over = Vec::new();
    for board in boards {
        over.extend(check(&board, bless)?.into_iter().map(|what| format!("{}: {what}", board.name)));
    }
    ensure!(over.is_empty(), "firmware is over its budget: {}", over.join("; "));
    Ok(())
}

/// Bytes of flash that the image in `file` takes.
///
/// # Errors
/// When it cannot be read as an ELF file.
pub fn flash(file: &Path) -> Result<u64> {
    let elf = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Sizes::of(&elf)?.flash)
}

/// Bytes of the variables in the firmware in `file`, but for the rooms of guests.
///
/// # Errors
/// When it cannot be read as an ELF file.
pub fn host_ram(file: &Path) -> Result<u64> {
    let elf = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let elf = object::File::parse(&*elf).context("the firmware is no ELF file")?;
    let mut bytes = 0;
    for symbol in elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Data) {
        let section = symbol.section_index().and_then(|at| elf.section_by_index(at).ok());
        let name = format!("{:#}", rustc_demangle::demangle(symbol.name()?));
        if section.is_some_and(|section| is_written(&section))
            && !ROOMS.iter().any(|room| name.ends_with(room))
        {
            bytes += symbol.size();
        }
    }
    Ok(bytes)
}

fn is_written<'d>(section: &impl ObjectSection<'d>) -> bool {
    matches!(section.flags(), SectionFlags::Elf { sh_flags } if sh_flags & u64::from(SHF_WRITE) != 0)
}

/// What of `board` is over its budget.
fn check(board: &Folder, bless: bool) -> Result<Vec<String>> {
    let file = board.path.join(BUDGET);
    let read = || -> Result<Budget> {
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("in {}", file.display()))
    };
    let mut budget = read()?;
    let sizes = measure(board, &board.firmware(Profile::Release)?)?;
    let tiny = budget.tiny.map(|_| measure(board, &board.firmware(Profile::Tiny)?)).transpose()?;
    let wired = budget.wired.map(|_| measure(board, &wired(board)?)).transpose()?;
    let limit = flash_limit(board);
    if bless {
        let flash = |is: u64, limit: u64| {
            ensure!(is <= limit, "no budget of {} may be over {limit} bytes of flash", board.name);
            Ok(slack(is).min(limit))
        };
        budget = Budget {
            flash: flash(sizes.flash, limit)?,
            ram: slack(sizes.ram),
            tiny: tiny.as_ref().map(|tiny| flash(tiny.flash, TINY)).transpose()?,
            wired: wired.as_ref().map(|wired| slack(wired.flash)),
        };
        fs::write(&file, budget.text())?;
    }
    print!("{}, {}\n{}", board.name, board.target, sizes.table(&budget));
    let over = |what, is: u64, of| (is > of).then(|| format!("{what} is {is} bytes, budget {of}"));
    let mut wrong =
        vec![over("flash", sizes.flash, budget.flash.min(limit)), over("RAM", sizes.ram, budget.ram)];
    if let (Some(tiny), Some(budget)) = (tiny, budget.tiny) {
        print!("{}", total("flash, compiled to be tiny", tiny.flash, budget));
        wrong.push(over("flash of the tiny one", tiny.flash, budget.min(TINY)));
    }
    if let (Some(wired), Some(budget)) = (wired, budget.wired) {
        print!("{}", total("flash, with hardware for guests", wired.flash, budget));
        wrong.push(over("flash of the one with hardware for guests", wired.flash, budget));
    }
    Ok(wrong.into_iter().flatten().collect())
}

/// Builds the firmware whose guests drive hardware, on an emulated board that has one.
fn wired(board: &Folder) -> Result<PathBuf> {
    let board = Board::named(&board.name).map_err(anyhow::Error::msg)?;
    firmware::build(board, Profile::Release, "parts", "wired", &[])
}

fn measure(board: &Folder, file: &Path) -> Result<Sizes> {
    let elf = fs::read(file)?;
    image::check(&board.name, &elf)?;
    Sizes::of(&elf)
}

/// What an image may have at most, whatever its budget says.
fn flash_limit(board: &Folder) -> u64 {
    match board.name.as_str() {
        "mps2-an386" => 480_000,
        // The same code is a third longer there, and somewhat longer on the smallest Arm cores.
        _ if board.target.starts_with("riscv") => 720 << 10,
        _ if board.target.starts_with("thumbv6m") => 580 << 10,
        _ => 520 << 10,
    }
}

/// The same for an image that is compiled to be tiny.
const TINY: u64 = 410_000;

/// The rooms of guests, as `boards/common/src/emulated/firmware.rs` names them.
const ROOMS: [&str; 2] = ["::LARGE", "::SMALL"];

/// Variables from this size on are named.
const NAMED: u64 = 1 << 10;

/// A budget leaves room for another compiler's whims, not for another feature.
fn slack(bytes: u64) -> u64 {
    bytes + bytes * 3 / 100
}

#[derive(Deserialize)]
struct Budget {
    flash: u64,
    ram: u64,
    /// Flash of the firmware that is compiled to be tiny, where there is one.
    tiny: Option<u64>,
    /// Flash of the firmware whose guests drive hardware, where it is another one.
    wired: Option<u64>,
}

impl Budget {
    fn text(&self) -> String {
        let others = [("tiny", self.tiny), ("wired", self.wired)];
        let others =
            others.map(|(name, flash)| flash.map_or_else(String::new, |flash| format!("{name} = {flash}\n")));
        format!(
            "# Most bytes that the firmware may have; `cargo xtask size --bless` writes them.\nflash = {}\nram = {}\n{}",
            self.flash,
            self.ram,
            others.concat()
        )
    }
}

/// A line for what there is of a budget.
fn total(what: &str, is: u64, of: u64) -> String {
    format!("{what:<48}{is:>9}  of {of} ({} %)\n", is * 100 / of.max(1))
}

#[derive(Debug, Default)]
struct Sizes {
    flash: u64,
    ram: u64,
    /// Parts of the flash.
    sections: Vec<(String, u64)>,
    /// Parts of the RAM.
    variables: Vec<(String, u64)>,
}

impl Sizes {
    fn of(elf: &[u8]) -> Result<Self> {
        let elf = object::File::parse(elf).context("the firmware is no ELF file")?;
        let mut sizes = Self::default();
        let mut writable: Vec<SectionIndex> = Vec::new();
        for section in elf.sections() {
            let SectionFlags::Elf { sh_flags } = section.flags() else {
                continue;
            };
            // Some linker scripts make a section of the room for the stack.
            if sh_flags & u64::from(SHF_ALLOC) == 0 || section.size() == 0 || section.name() == Ok(".stack") {
                continue;
            }
            if section.file_range().is_some() {
                sizes.flash += section.size();
                sizes.sections.push((section.name()?.to_owned(), section.size()));
            }
            if sh_flags & u64::from(SHF_WRITE) != 0 {
                sizes.ram += section.size();
                writable.push(section.index());
            }
        }
        let variables = elf.symbols().filter(|symbol| symbol.size() >= NAMED);
        let variables =
            variables.filter(|symbol| symbol.section_index().is_some_and(|at| writable.contains(&at)));
        for symbol in variables {
            sizes.variables.push((format!("{:#}", rustc_demangle::demangle(symbol.name()?)), symbol.size()));
        }
        sizes.variables.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        let named: u64 = sizes.variables.iter().map(|(_, size)| size).sum();
        sizes.variables.push(("other".to_owned(), sizes.ram.saturating_sub(named)));
        Ok(sizes)
    }

    fn table(&self, budget: &Budget) -> String {
        let part = |(name, size): &(String, u64)| format!("  {name:<46}{size:>9}\n");
        let mut text = total("flash", self.flash, budget.flash);
        text.extend(self.sections.iter().map(part));
        text += &total("RAM beside the stack", self.ram, budget.ram);
        text.extend(self.variables.iter().map(part));
        text
    }
}
