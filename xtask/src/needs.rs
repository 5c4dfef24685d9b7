//! What guests need on a chip, beside what is predicted of them.

use std::{ffi::OsString, fs};

use anyhow::{Context, Result, ensure};

use crate::{
    board::Board,
    boards::Profile,
    firmware::{self, Pace},
    setup,
};

/// Loads the modules on `board` that weights were not found by, and compares; with `fit` loads the others and prints
/// weights.
///
/// # Errors
/// When a prediction is off by more than [`OFF`] or [`OFF_BY_COUNTS`] percent.
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
    let rows: Result<Vec<Row>> = said.lines().map(Row::read).collect();
    let rows = rows?;
    if fit {
        print!("{}", weights(&rows).context("the counts say too little")?);
        return Ok(());
    }
    ensure!(rows.len() >= LEAST, "{} modules are too few to say something", rows.len());
    let file = file.with_extension("predicted");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let on_desktop: Option<Vec<[f64; 2]>> = text.lines().map(pair).collect();
    let on_desktop =
        on_desktop.filter(|pairs| pairs.len() == rows.len()).context("no prediction for each module")?;
    let by_desktop = most(rows.iter().zip(on_desktop).map(|(row, predicted)| row.off(predicted)));
    let by_counts = most(rows.iter().map(|row| row.off(row.predicted)));
    println!("{} modules", rows.len());
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

/// Heap and stack in a line.
fn pair(line: &str) -> Option<[f64; 2]> {
    let (heap, stack) = line.split_once(' ')?;
    Some([heap.parse().ok()?, stack.parse().ok()?])
}

/// The largest of each, whatever its sign.
fn most(off: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
    off.fold([0.; 2], |most, off| [0, 1].map(|at| f64::max(most[at], off[at].abs())))
}

/// Measured and predicted bytes of a module, and its counts.
struct Row {
    measured: [f64; 2],
    predicted: [f64; 2],
    memory: f64,
    counts: [f64; COUNTS],
}

impl Row {
    fn read(line: &str) -> Result<Self> {
        let numbers: Result<Vec<f64>, _> = line.split(' ').map(str::parse).collect();
        match numbers.with_context(|| format!("the board said `{line}`"))?[..] {
            [heap, stack, predicted_heap, predicted_stack, memory, ref counts @ ..] => Ok(Self {
                measured: [heap, stack],
                predicted: [predicted_heap, predicted_stack],
                memory,
                counts: counts.try_into().with_context(|| format!("the board said `{line}`"))?,
            }),
            _ => anyhow::bail!("the board said `{line}`"),
        }
    }

    /// In percent of what was measured, heap and stack.
    fn off(&self, predicted: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|at| 100. * (predicted[at] - self.measured[at]) / self.measured[at])
    }

    /// A one for the base, then the counts.
    fn terms(&self) -> [f64; COUNTS + 1] {
        let mut terms = [1.; COUNTS + 1];
        terms[1..].copy_from_slice(&self.counts);
        terms
    }
}

/// The weights by which the squares of relative errors are least, none of them negative.
fn weights(rows: &[Row]) -> Option<String> {
    let mut used = [true; COUNTS + 1];
    loop {
        let found = solve(rows, &used)?;
        let lowest = (0..=COUNTS).filter(|at| used[*at]).min_by(|a, b| found[*a].total_cmp(&found[*b]))?;
        if found[lowest] >= 0. {
            let stack = rows.iter().map(|row| row.measured[1]).fold(0., f64::max);
            let rest: Vec<_> = found[1..].iter().map(|weight| (weight * 64.).round()).collect();
            return Some(format!("base {:.0}\nweights {rest:?}\nmost stack {stack}\n", found[0]));
        }
        used[lowest] = false;
    }
}

/// Solves the normal equations over the terms that are used; the others are 0.
fn solve(rows: &[Row], used: &[bool; COUNTS + 1]) -> Option<[f64; COUNTS + 1]> {
    let mut matrix = [[0.; COUNTS + 2]; COUNTS + 1];
    for row in rows {
        let engine = row.measured[0] - row.memory;
        let (terms, weight) = (row.terms(), row.measured[0].powi(-2));
        for (a, equation) in matrix.iter_mut().enumerate() {
            for (b, cell) in equation[..=COUNTS].iter_mut().enumerate() {
                *cell += if used[a] && used[b] { weight * terms[a] * terms[b] } else { 0. };
            }
            equation[COUNTS + 1] += if used[a] { weight * terms[a] * engine } else { 0. };
        }
    }
    for (at, equation) in matrix.iter_mut().enumerate().filter(|(at, _)| !used[*at]) {
        equation[at] = 1.;
    }
    for at in 0..=COUNTS {
        let pivot = (at..=COUNTS).max_by(|a, b| matrix[*a][at].abs().total_cmp(&matrix[*b][at].abs()))?;
        matrix.swap(at, pivot);
        let equation = matrix[at];
        if equation[at] == 0. {
            return None;
        }
        for (_, other) in matrix.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            let factor = other[at] / equation[at];
            other.iter_mut().zip(equation).for_each(|(cell, of)| *cell -= factor * of);
        }
    }
    let mut found = [0.; COUNTS + 1];
    for (at, weight) in found.iter_mut().enumerate() {
        *weight = matrix[at][COUNTS + 1] / matrix[at][at];
    }
    Some(found)
}

/// Terms that have a weight.
const COUNTS: usize = 14;

/// How far a prediction may be off, in percent.
const OFF: f64 = 10.;

/// The same for the chip's own, from counts over the module.
const OFF_BY_COUNTS: f64 = 30.;

/// Fewest modules that say something.
const LEAST: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_made_the_figures_are_found() {
        let row = |seed: usize| {
            let counts = std::array::from_fn(|at| ((seed * 31 + at * at * 17 + seed * at * 7) % 97) as f64);
            let engine = 1000. + counts[2] * 60. + counts[8] * 3.;
            Row { measured: [engine + 500., 10.], predicted: [0.; 2], memory: 500., counts }
        };
        let rows: Vec<_> = (0..200).map(row).collect();
        let found = solve(&rows, &[true; COUNTS + 1]).unwrap();
        assert!((found[0] - 1000.).abs() < 1e-3 && (found[3] - 60.).abs() < 1e-3, "{found:?}");
        assert!((found[9] - 3.).abs() < 1e-3 && found[1].abs() < 1e-3, "{found:?}");
        assert!(weights(&rows).is_some_and(|text| text.contains("most stack 10")));
    }
}
