//! What became of the programs.

use std::{collections::BTreeMap, fmt};

use aingle_wasm_core::error::Error;

use crate::trace::Trace;

#[derive(Default)]
pub struct Tally {
    /// Seeds without a program.
    pub empty: u64,
    pub abstained: u64,
    pub differ: u64,
    programs: u64,
    canonicalised: u64,
    calls: u64,
    host_calls: u64,
    /// Why programs were refused, and how calls ended.
    refused: BTreeMap<String, u64>,
    ends: BTreeMap<String, u64>,
}

impl Tally {
    /// A program that is the same on both engines.
    pub fn same(&mut self, trace: &Trace, canonicalised: bool) {
        match trace {
            Trace::Panicked => {}
            Trace::Refused(error) => *self.refused.entry(words(*error)).or_default() += 1,
            Trace::Ran(steps) => {
                self.programs += 1;
                self.canonicalised += u64::from(canonicalised);
                self.calls += steps.len() as u64;
                for step in steps {
                    self.host_calls += u64::from(step.host_calls.0);
                    let end = step.outcome.as_ref().map_or_else(|error| words(*error), |_| "returned".into());
                    *self.ends.entry(end).or_default() += 1;
                }
            }
        }
    }

    /// Programs that ran on both engines.
    pub fn ran(&self) -> u64 {
        self.programs
    }

    pub fn add(&mut self, other: &Self) {
        self.empty += other.empty;
        self.abstained += other.abstained;
        self.differ += other.differ;
        self.programs += other.programs;
        self.canonicalised += other.canonicalised;
        self.calls += other.calls;
        self.host_calls += other.host_calls;
        for (mine, others) in [(&mut self.refused, &other.refused), (&mut self.ends, &other.ends)] {
            for (name, count) in others {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
    }
}

fn words(error: Error) -> String {
    match error {
        Error::Rule(number) => aingle_wasm_fuel::Rule::from_code(number)
            .map_or_else(|| error.to_string(), |rule| rule.to_string()),
        Error::Trap(trap) => format!("trap: {trap}"),
        error => error.to_string(),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { empty, abstained, differ, programs, canonicalised, calls, host_calls, .. } = self;
        let refused: u64 = self.refused.values().sum();
        writeln!(f, "{programs} programs ran, {canonicalised} of them in a canonical form made for them")?;
        writeln!(f, "{calls} calls, {host_calls} host calls")?;
        for (end, count) in &self.ends {
            writeln!(f, "  {count:>8}  {end}")?;
        }
        writeln!(f, "{refused} refused by both engines alike")?;
        for (why, count) in &self.refused {
            writeln!(f, "  {count:>8}  {why}")?;
        }
        writeln!(f, "{abstained} without an opinion, {empty} seeds without a program")?;
        writeln!(f, "{differ} differences")
    }
}
