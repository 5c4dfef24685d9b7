//! What guests need on a chip, beside what is predicted of them.

mod fit;

use std::{ffi::OsString, fs};

use anyhow::{Context, Result, ensure};

use crate::{
    board::Board,
    boards::Profile,
    firmware::{self, Pace},
    setup,
};

/// Loads modules on `board` that no prediction was found by, and compares; the board also loads each in a room that is a
/// tenth larger than predicted. With `fit` it loads the others, and prints what predictions follow from.
///
/// # Errors
/// When a module finds no room, or a prediction is off by more than [`OFF`] or [`OFF_BY_COUNTS`] percent.
pub fn run(board: &Board, fit: bool) -> Result<()> {
    setup::targets(&[board.target])?;
    let folder = setup::root().join("target/needs");
    fs::create_dir_all(&folder)?;
    let which = if fit { "fit" } else { "held-out" };
    let file = folder.join(which);
    crate::example("modules", [OsString::from(&file), OsString::from(which)])?;
    let program = firmware::build(board, Profile::Release, "suite", "needs", &[])?;
    let path = file.to_str().context("the file's name is no text")?;
    let said = firmware::run(board, &program, Pace::Free, &["-append", path])?;
    let file = file.with_extension("here");
    let here = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    ensure!(here.lines().count() == said.lines().count(), "the board did not say something of each module");
    let rows: Result<Vec<Row>> = said.lines().zip(here.lines()).map(Row::read).collect();
    let rows = rows?;
    let written = rows.iter().filter(|row| row.is_written).count();
    println!("{} modules, {written} of them guests that somebody wrote", rows.len());
    if fit {
        print!("{}", fit::found(&rows).context("the modules say too little")?);
        return Ok(());
    }
    ensure!(rows.len() >= LEAST, "they are too few to say something");
    println!(
        "none of them was used to find the predictions; each has started in a tenth more than predicted"
    );
    let [by_desktop, by_counts] = [Row::predicted, Row::counted].map(|by| most(&rows, by));
    for (who, [heap, stack]) in [("inspect", by_desktop), ("counts alone", by_counts)] {
        println!("{who}: heap within {heap:.1} %, stack within {stack:.1} %");
    }
    ensure!(by_desktop.iter().all(|most| *most <= OFF), "a prediction is off by more than {OFF} %");
    ensure!(
        by_counts.iter().all(|most| *most <= OFF_BY_COUNTS),
        "counts are off by more than {OFF_BY_COUNTS} %"
    );
    Ok(())
}

/// How far predictions of heap and stack are off at most, whatever the sign, in percent of what was measured.
fn most(rows: &[Row], by: fn(&Row) -> [f64; 2]) -> [f64; 2] {
    let off = |row: &Row, at: usize| (by(row)[at] / row.measured()[at] - 1.).abs() * 100.;
    [0, 1].map(|at| rows.iter().map(|row| off(row, at)).fold(0., f64::max))
}

/// What a module took and was said to take, in bytes; heap is that while it was translated, and in all.
struct Row {
    heap: [f64; 2],
    stack: f64,
    /// By counts over the module.
    counted: [f64; 2],
    memory: f64,
    counts: [f64; COUNTS],
    /// On this machine, its memory not counted, and what was predicted from that.
    here: [f64; 2],
    predicted: [f64; 2],
    is_written: bool,
}

impl Row {
    /// From the board's line and this machine's.
    fn read((board, here): (&str, &str)) -> Result<Self> {
        let numbers = |line: &str| -> Result<Vec<f64>> {
            let numbers: Result<_, _> = line.split(' ').map(str::parse).collect();
            numbers.with_context(|| format!("`{line}` is no line of numbers"))
        };
        let (board, here) = (numbers(board)?, numbers(here)?);
        let [translated, in_all, stack, counted, deeper, memory, ref counts @ ..] = board[..] else {
            anyhow::bail!("the board said too little: {board:?}");
        };
        let [here_translated, here_started, predicted_translated, predicted_started, written] = here[..]
        else {
            anyhow::bail!("this machine said too little: {here:?}");
        };
        Ok(Self {
            heap: [translated, in_all],
            stack,
            counted: [counted, deeper],
            memory,
            counts: counts.try_into().context("the board has other counts")?,
            here: [here_translated, here_started],
            predicted: [predicted_translated, predicted_started],
            is_written: written > 0.,
        })
    }

    fn measured(&self) -> [f64; 2] {
        [self.heap[1], self.stack]
    }

    fn predicted(&self) -> [f64; 2] {
        // Counts are all that the stack follows from.
        [self.predicted[0].max(self.predicted[1]), self.counted[1]]
    }

    fn counted(&self) -> [f64; 2] {
        self.counted
    }
}

/// Terms that have a weight.
const COUNTS: usize = 14;

/// How far a prediction may be off, in percent.
const OFF: f64 = 10.;

/// The same for the chip's own, from counts over the module.
const OFF_BY_COUNTS: f64 = 35.;

/// Fewest modules that say something.
const LEAST: usize = 50;
