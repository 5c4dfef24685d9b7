//! Paired runs: in every round each contestant runs a batch, and is compared with the references of its round.

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::contestants::{Entrant, Kind, Reply};

/// What was measured.
#[derive(Serialize)]
pub struct Report {
    pub rounds: usize,
    pub rows: Vec<Row>,
}

/// A contestant's part of it.
#[derive(Serialize)]
pub struct Row {
    pub name: &'static str,
    pub kind: Kind,
    pub reply: Reply,
    /// One for each of [`SIZES`].
    pub cells: Vec<Cell>,
}

/// A contestant at one size: medians over the rounds.
#[derive(Serialize)]
pub struct Cell {
    pub bytes: usize,
    /// A call in each round, in nanoseconds of the thread's time.
    #[serde(skip)]
    rounds: Vec<f64>,
    /// A call, in nanoseconds.
    pub ns: f64,
    /// How many times as long as wasmer by hand with a borrowed reply.
    pub to_borrowed: f64,
    /// How many times as long as wasmer by hand with a copied reply.
    pub to_copied: f64,
}

impl Row {
    /// How many times as long as wasmer by hand that gives its reply in the same way.
    pub fn ratio(&self, size: usize) -> f64 {
        match self.reply {
            Reply::Borrowed => self.cells[size].to_borrowed,
            Reply::Copied => self.cells[size].to_copied,
        }
    }
}

impl Cell {
    /// Whether this is slower than `other` in more rounds than chance explains: half of them and two standard
    /// deviations of a coin's.
    pub fn behind(&self, other: &Self) -> bool {
        let lost = self.rounds.iter().zip(&other.rounds).filter(|(ours, theirs)| ours > theirs).count();
        let rounds = self.rounds.len() as f64;
        lost as f64 > rounds / 2.0 + rounds.sqrt()
    }
}

impl Report {
    /// The row of the contestant that the others with its way of replying are compared with.
    pub fn reference(&self, reply: Reply) -> &Row {
        &self.rows[first(self.rows.iter().map(|row| row.reply), reply)]
    }

    /// Our row with replies given in this way.
    pub fn ours(&self, reply: Reply) -> Option<&Row> {
        self.rows.iter().find(|row| row.kind == Kind::Ours && row.reply == reply)
    }
}

/// Measures everyone at every size.
///
/// # Errors
/// When an answer is not the request.
pub fn run(entrants: &mut [Entrant], rounds: usize) -> Result<Report> {
    let row = |Entrant { name, kind, reply, .. }: &Entrant| Row {
        name,
        kind: *kind,
        reply: *reply,
        cells: Vec::with_capacity(SIZES.len()),
    };
    let mut rows: Vec<_> = entrants.iter().map(row).collect();
    for bytes in SIZES {
        eprintln!("echo of {bytes} bytes");
        for (row, cell) in rows.iter_mut().zip(at_size(entrants, bytes, rounds)?) {
            row.cells.push(cell);
        }
    }
    Ok(Report { rounds, rows })
}

fn at_size(entrants: &mut [Entrant], bytes: usize, rounds: usize) -> Result<Vec<Cell>> {
    let request: Vec<u8> = (0..bytes).map(|index| (index % 251) as u8).collect();
    let mut calls = Vec::with_capacity(entrants.len());
    for entrant in entrants.iter_mut() {
        let mut same = false;
        entrant.contestant.echo(&request, &mut |reply| same = reply == request);
        ensure!(same, "{} does not echo {bytes} bytes", entrant.name);
        calls.push(calibrate(entrant, &request));
    }
    // A row for each contestant, a column for each round.
    let mut ns = vec![Vec::with_capacity(rounds); entrants.len()];
    for round in 0..rounds {
        for turn in 0..entrants.len() {
            let index = (round + turn) % entrants.len();
            let taken = entrants[index].contestant.batch(&request, calls[index]);
            ns[index].push(taken / f64::from(calls[index]));
        }
    }
    let replies = || entrants.iter().map(|entrant| entrant.reply);
    let [borrowed, copied] =
        [Reply::Borrowed, Reply::Copied].map(|reply| ns[first(replies(), reply)].clone());
    let to = |times: &[f64], reference: &[f64]| {
        median(times.iter().zip(reference).map(|(time, reference)| time / reference))
    };
    let cell = |rounds: Vec<f64>| Cell {
        bytes,
        ns: median(rounds.iter().copied()),
        to_borrowed: to(&rounds, &borrowed),
        to_copied: to(&rounds, &copied),
        rounds,
    };
    Ok(ns.into_iter().map(cell).collect())
}

/// How many calls fill a batch; the calls made to find out warm everything up.
fn calibrate(entrant: &mut Entrant, request: &[u8]) -> u32 {
    let mut calls = 1;
    loop {
        let ns = entrant.contestant.batch(request, calls);
        if ns > BATCH / 2.0 {
            return (f64::from(calls) * BATCH / ns).ceil() as u32;
        }
        calls *= 2;
    }
}

fn first(mut replies: impl Iterator<Item = Reply>, reply: Reply) -> usize {
    replies.position(|other| other == reply).expect("there is a reference for each way of replying")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() % 2 {
        0 => (values[half - 1] + values[half]) / 2.0,
        _ => values[half],
    }
}

/// The lengths of the requests, in bytes.
pub const SIZES: [usize; 4] = [64, 1 << 10, 64 << 10, 1 << 20];
/// Nanoseconds that a batch takes, about.
const BATCH: f64 = 2e6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 3.0, 2.0].into_iter()), 2.5);
    }

    #[test]
    fn behind_is_more_than_bad_luck() {
        let cell = |rounds| Cell { bytes: 64, rounds, ns: 1.0, to_borrowed: 1.0, to_copied: 1.0 };
        let steady = cell(vec![1.0; 16]);
        let losing = |lost| cell((0..16).map(|round| if round < lost { 1.1 } else { 0.9 }).collect());
        assert!(!losing(12).behind(&steady));
        assert!(losing(13).behind(&steady));
        assert!(!steady.behind(&losing(4)) && steady.behind(&losing(3)));
    }
}
