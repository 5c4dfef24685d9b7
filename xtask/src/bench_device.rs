//! What guests cost on emulated boards, against the figures that are checked in beside each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aingle_wasm_fuel::{canonicalise, growth};
use anyhow::{Context, Result, ensure};

use crate::{
    board::Board,
    boards::Profile,
    figures::{Figures, WORSE},
    firmware::{self, Pace},
    guests, setup, size,
};

/// Measures `board` compiled to be tiny, and prints its figures beside those of the usual firmware.
///
/// # Errors
/// When a program does not build or run.
pub fn tiny(board: &Board) -> Result<()> {
    setup::targets(&[board.target])?;
    let figures = measure(board, Profile::Tiny, &write_guests()?)?;
    println!("\n{}, tiny\n{}", board.folder, figures.table(&checked_in(board)?));
    Ok(())
}

/// Measures `boards` and prints their figures beside the ones that are checked in; with `bless` writes those instead.
///
/// # Errors
/// When a program does not build or run, when a figure is worse than its like, or above a limit; all are printed first.
pub fn run<'b>(boards: impl IntoIterator<Item = &'b Board>, bless: bool) -> Result<()> {
    let guests = write_guests()?;
    let mut wrong = Vec::new();
    for board in boards {
        setup::targets(&[board.target])?;
        let figures = measure(board, Profile::Release, &guests)?;
        if bless {
            fs::write(file(board), figures.text())?;
        }
        let checked_in = checked_in(board)?;
        println!("\n{}, {}\n{}", board.folder, board.core, figures.table(&checked_in));
        let worse = figures.worse(&checked_in).into_iter().chain(figures.above(board.name)?);
        wrong.extend(worse.map(|what| format!("{}: {what}", board.folder)));
    }
    ensure!(
        wrong.is_empty(),
        "more than {WORSE} % worse than what is checked in, or above a limit: {}",
        wrong.join("; ")
    );
    Ok(())
}

fn file(board: &Board) -> PathBuf {
    setup::root().join("boards").join(board.folder).join("bench.toml")
}

fn checked_in(board: &Board) -> Result<Figures> {
    let file = file(board);
    let text = fs::read_to_string(&file);
    let text = text.with_context(|| format!("reading {}; --bless writes it", file.display()))?;
    Figures::parse(&text).with_context(|| format!("in {}", file.display()))
}

fn measure(board: &Board, profile: Profile, guests: &Path) -> Result<Figures> {
    let guests = guests.to_str().context("the folder's name is no text")?;
    let bench = firmware::build(board, profile, "bench", "bench", &[("BENCH_GUESTS", guests)])?;
    let mut figures = Figures::read(&firmware::run(board, &bench, Pace::Counted, &[])?)?;
    // One after the other: both are the same file.
    let check = |variables: &[(&str, &str)]| {
        let variables = [&[("BENCH_GUESTS", guests)], variables].concat();
        size::flash(&firmware::build(board, profile, "bench", "check", &variables)?)
    };
    let [with, without] = [check(&[])?, check(&[("BENCH_UNCHECKED", "1")])?];
    figures.insert("check flash", with.saturating_sub(without));
    if board.name == FOOTPRINTS {
        let firmware = firmware::build(board, profile, "", board.folder, &[])?;
        figures.insert("host RAM", size::host_ram(&firmware)?);
    } else {
        figures.forget("footprint ");
    }
    Ok(figures)
}

/// The board of which footprints are held to what is checked in.
const FOOTPRINTS: &str = "mps2-an386";

/// Writes the guests that the firmware contains, as a chip takes them, and answers their folder.
///
/// # Errors
/// When a guest does not build, or is none.
pub fn write_guests() -> Result<PathBuf> {
    let root = setup::root();
    let folder = root.join("target/bench-device");
    fs::create_dir_all(&folder)?;
    let kernels = fs::read(root.join("fuel/tests/data/kernels-small.wasm"))?;
    // They never grow.
    let kernels = growth::clamp(&kernels, 0)?.into_owned();
    let predecessor = fs::read(root.join("tests/data/predecessor.wasm"))?;
    let built = guests::build()?;
    let mut guests = vec![("kernels", kernels), ("predecessor", predecessor)];
    for name in ["ask", "echo", "pulse", "sensor"] {
        guests.push((name, fs::read(built.join(name).with_extension("wasm"))?));
    }
    let year = fs::read_to_string(root.join("guest/examples/sensor/data/seattle-temps.csv"))?;
    let (_, year) = year.split_once('\n').context("the temperatures have no header")?;
    write(&folder.join("year.csv"), year.as_bytes())?;
    for (name, wasm) in guests {
        let file = folder.join(name).with_extension("wasm");
        write(&file, &canonicalise(&wasm)?)?;
    }
    Ok(folder)
}

/// Writes a file, if it is another than before: what did not change is not compiled again.
fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(file, bytes).with_context(|| format!("writing {}", file.display()))
}
