//! What predictions follow from: weights of counts, and lines from this machine's bytes to a chip's.

use super::{COUNTS, Row};

/// All that is found, for `backend-wasmi/src/needs.rs` and `cli/src/chip.rs`; `None` when the rows say too little.
pub fn found(rows: &[Row]) -> Option<String> {
    let weights = weights(rows)?;
    let translated = line(rows.iter().map(|row| (row.here[0], row.heap[0], row.heap[0])));
    // Where the translation took more than the start, the start says nothing.
    let started = rows.iter().filter(|row| row.heap[1] > row.heap[0]);
    let started = line(started.map(|row| (row.here[1], row.heap[1] - row.memory, row.heap[1])));
    Some(format!("{weights}translated {translated}\nstarted {started}\n"))
}

/// The line from here to a chip by which the squares of errors, relative to `whole`, are least.
fn line(points: impl Iterator<Item = (f64, f64, f64)>) -> String {
    let [mut w, mut x, mut y, mut xx, mut xy] = [0.; 5];
    for (here, chip, whole) in points {
        let weight = whole.powi(-2);
        w += weight;
        x += weight * here;
        y += weight * chip;
        xx += weight * here * here;
        xy += weight * here * chip;
    }
    let slope = (w * xy - x * y) / (w * xx - x * x);
    format!("slope {:.0} offset {:.0}", slope * 1000., (slope * x - y) / w)
}

/// The weights by which the squares of relative errors are least, none of them negative.
fn weights(rows: &[Row]) -> Option<String> {
    let mut used = [true; COUNTS + 1];
    loop {
        let found = solve(rows, &used)?;
        let lowest = (0..=COUNTS).filter(|at| used[*at]).min_by(|a, b| found[*a].total_cmp(&found[*b]))?;
        if found[lowest] >= 0. {
            let rest: Vec<_> = found[1..].iter().map(|weight| (weight * 64.).round()).collect();
            // The stack has two sizes, and one number lies between those of a kind.
            let middle = |many: bool| {
                let of_kind = rows.iter().filter(|row| (row.counts[EXPORTS] > 20.) == many);
                let stacks = of_kind.map(|row| row.stack);
                let (least, most) =
                    stacks.fold((f64::MAX, 0.), |(a, b), stack| (f64::min(a, stack), f64::max(b, stack)));
                f64::midpoint(least, most)
            };
            return Some(format!(
                "base {:.0}\nweights {rest:?}\nstack {:.0}, of many exports {:.0}\n",
                found[0],
                middle(false),
                middle(true)
            ));
        }
        used[lowest] = false;
    }
}

/// Solves the normal equations over the terms that are used; the others are 0.
fn solve(rows: &[Row], used: &[bool; COUNTS + 1]) -> Option<[f64; COUNTS + 1]> {
    let mut matrix = [[0.; COUNTS + 2]; COUNTS + 1];
    for row in rows {
        let engine = row.heap[1] - row.memory;
        let (terms, weight) = (terms(row), row.heap[1].powi(-2));
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

/// A one for the base, then the counts.
fn terms(row: &Row) -> [f64; COUNTS + 1] {
    let mut terms = [1.; COUNTS + 1];
    terms[1..].copy_from_slice(&row.counts);
    terms
}

/// The place of the exports among the counts.
const EXPORTS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_made_the_figures_are_found() {
        let row = |seed: usize| {
            let counts = std::array::from_fn(|at| ((seed * 31 + at * at * 17 + seed * at * 7) % 97) as f64);
            let engine = 1000. + counts[2] * 60. + counts[8] * 3.;
            let heap = [engine, engine + 500.];
            let here = heap.map(|bytes| bytes * 2. + 100.);
            Row {
                heap,
                stack: 10.,
                counted: [0.; 2],
                memory: 500.,
                counts,
                here,
                predicted: [0.; 2],
                is_written: true,
            }
        };
        let rows: Vec<_> = (0..200).map(row).collect();
        let found = solve(&rows, &[true; COUNTS + 1]).unwrap();
        assert!((found[0] - 1000.).abs() < 1e-3 && (found[3] - 60.).abs() < 1e-3, "{found:?}");
        assert!((found[9] - 3.).abs() < 1e-3 && found[1].abs() < 1e-3, "{found:?}");
        let text = super::found(&rows).unwrap();
        assert!(text.contains("stack 10, "), "{text}");
        assert!(text.contains("translated slope 500 offset 50\n"), "{text}");
    }
}
