//! What exact fuel costs on an emulated chip: instructions of metered calls and of the check, and its flash.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use aingle_wasm_fuel::{canonicalise, growth};
use anyhow::{Context, Result, bail, ensure};

use crate::{board::Board, guests, setup, size};

/// Builds the measuring firmware of `board`, runs it, and prints its figures beside what they may be at most.
///
/// # Errors
/// When it does not build or run, or a figure is above its limit; all are printed first.
pub fn run(board: &Board) -> Result<()> {
    let guests = write_guests()?;
    let [checked, unchecked] = firmware(board, &guests)?;
    let flash = [size::flash(&checked)?, size::flash(&unchecked)?];
    let figures = Figures::read(&measured(board, &checked)?)?;
    let over = figures.print(flash);
    ensure!(over.is_empty(), "above its limit: {}", over.join(", "));
    Ok(())
}

/// Writes the guests that the firmware contains, as a chip takes them, and answers their folder.
fn write_guests() -> Result<PathBuf> {
    let root = setup::root();
    let folder = root.join("target/fuel-cost");
    fs::create_dir_all(&folder)?;
    let kernels = fs::read(root.join("fuel/tests/data/kernels-small.wasm"))?;
    let sensor = fs::read(guests::build()?.join("sensor.wasm"))?;
    let predecessor = fs::read(root.join("tests/data/predecessor.wasm"))?;
    // The kernels never grow.
    let kernels = growth::clamp(&kernels, 0)?;
    let guests = [("kernels", &*kernels), ("sensor", &sensor), ("predecessor", &predecessor)];
    for (name, wasm) in guests {
        let file = folder.join(name).with_extension("wasm");
        let wasm = canonicalise(wasm)?;
        // What did not change is not compiled again.
        if fs::read(&file).is_ok_and(|there| there == *wasm) {
            continue;
        }
        fs::write(&file, wasm).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(folder)
}

/// Builds the firmware with the check and without.
fn firmware(board: &Board, guests: &Path) -> Result<[PathBuf; 2]> {
    let folder = setup::root().join("boards").join(board.folder);
    let status = Command::new("cargo")
        .args(["build", "--release", "--locked", "--quiet", "--features", "cost", "--target-dir", "target"])
        .args(NAMES.iter().flat_map(|name| ["--bin", name]))
        .env("FUEL_COST_GUESTS", guests)
        .current_dir(&folder)
        .status()
        .context("starting cargo")?;
    ensure!(status.success(), "the measuring firmware in {} does not build", folder.display());
    let release = folder.join("target").join(board.target).join("release");
    Ok(NAMES.map(|name| release.join(name)))
}

const NAMES: [&str; 2] = ["fuel-cost", "fuel-cost-unchecked"];

/// Runs `firmware` until it ends; answers what it said.
fn measured(board: &Board, firmware: &Path) -> Result<String> {
    // Nobody talks over the link, but the emulator wants one.
    let link = TcpListener::bind(("127.0.0.1", 0)).context("listening on this machine")?;
    let socket = format!("port={}", link.local_addr()?.port());
    let mut emulator = board.emulator(firmware, &socket, true);
    let output = emulator.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("starting {}", board.program))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "the measuring firmware failed: {said}");
    Ok(said)
}

/// What the firmware measured, in instructions and bytes.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    /// Name, unmetered, metered.
    kernels: Vec<(String, [u64; 2])>,
    /// Name; instructions of check, translation and start; heap.
    loads: Vec<(String, [u64; 4])>,
    /// The most heap that a check took.
    check_heap: u64,
}

impl Figures {
    fn read(said: &str) -> Result<Self> {
        let mut figures = Self::default();
        for line in said.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["kernel", name, ref counts @ ..] => figures.kernels.push((name.into(), numbers(counts)?)),
                ["load", name, ref counts @ ..] => figures.loads.push((name.into(), numbers(counts)?)),
                ["check", heap] => [figures.check_heap] = numbers(&[heap])?,
                _ => bail!("the firmware said `{line}`"),
            }
        }
        ensure!(!figures.kernels.is_empty() && !figures.loads.is_empty(), "the firmware measured nothing");
        Ok(figures)
    }

    /// Prints all; answers what is above its limit. `flash` is that of the firmware with the check and without.
    fn print(&self, [checked, unchecked]: [u64; 2]) -> Vec<String> {
        let mut over = Vec::new();
        println!("{:<16}{:>12}{:>12}{:>9}", "kernel", "unmetered", "metered", "ratio");
        for (name, [unmetered, metered]) in &self.kernels {
            println!("{name:<16}{unmetered:>12}{metered:>12}{:>9.3}", ratio(*metered, *unmetered));
        }
        let mean = self.mean();
        println!("{:<40}{mean:>9.3}  of {KERNELS}", "geometric mean");
        if mean > KERNELS {
            over.push(format!("metered kernels {mean:.3}"));
        }
        let [check, translate, start, heap] = ["check", "translate", "start", "heap"];
        println!("\n{:<16}{check:>12}{translate:>12}{start:>12}{heap:>12}{:>14}", "load", "check of all");
        for (name, [check, translate, start, heap]) in &self.loads {
            let share = 100. * ratio(*check, check + translate + start);
            println!(
                "{name:<16}{check:>12}{translate:>12}{start:>12}{heap:>12}{share:>12.1} %  of {CHECK} %"
            );
            if share > CHECK {
                over.push(format!("check of {name} {share:.1} %"));
            }
        }
        println!("the check's heap{:>12}", self.check_heap);
        let flash = checked.saturating_sub(unchecked);
        println!("\nflash{checked:>23} with the check, {unchecked} without");
        println!("the check       {flash:>12}  of {FLASH}");
        if flash > FLASH {
            over.push(format!("flash of the check {flash}"));
        }
        over
    }

    /// The geometric mean of the kernels' ratios.
    fn mean(&self) -> f64 {
        let ratios = self.kernels.iter().map(|(_, [unmetered, metered])| ratio(*metered, *unmetered));
        (ratios.map(f64::ln).sum::<f64>() / self.kernels.len() as f64).exp()
    }
}

fn numbers<const N: usize>(words: &[&str]) -> Result<[u64; N]> {
    let numbers: Result<Vec<_>, _> = words.iter().map(|word| word.parse()).collect();
    let numbers = numbers.with_context(|| format!("the firmware counted `{}`", words.join(" ")))?;
    numbers.try_into().map_err(|_| anyhow::anyhow!("the firmware counted `{}`", words.join(" ")))
}

fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}

/// Most instructions of metered kernels for one unmetered.
const KERNELS: f64 = 1.17;

/// The check's most part of a load, in percent.
const CHECK: f64 = 30.;

/// The check's most flash, in bytes.
const FLASH: u64 = 14 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_compared_with_their_limits() {
        let said = "check 7\nload a 30 60 10 5\nkernel k 100 116\nkernel l 100 118";
        let mut figures = Figures::read(said).unwrap();
        assert_eq!(figures.loads, [("a".into(), [30, 60, 10, 5])]);
        assert_eq!(figures.check_heap, 7);
        assert!((figures.mean() - 1.17).abs() < 1e-3);
        assert_eq!(figures.print([FLASH + 1, 1]), [""; 0]);
        figures.kernels.remove(0);
        figures.loads[0].1[0] += 1;
        assert_eq!(figures.print([FLASH + 1, 0]).len(), 3);
        assert!(Figures::read("check 7").is_err());
        assert!(Figures::read("kernel k 100").is_err());
        assert!(Figures::read(&format!("{said}\nfailed: x")).is_err());
    }
}
