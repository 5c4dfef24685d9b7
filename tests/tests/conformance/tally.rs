//! What came of the suite on one engine.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use crate::skips;

/// Counts over all trials of an engine.
#[derive(Clone)]
pub struct Tally {
    pub on: &'static str,
    counts: Arc<Mutex<Counts>>,
}

/// Counts of one trial, or of all.
#[derive(Default)]
pub struct Counts {
    /// Modules that were started.
    pub modules: usize,
    /// Assertions that hold.
    pub holds: usize,
    /// Directives that were skipped, by reason.
    pub skipped: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub fn new(on: &'static str) -> Self {
        Self { on, counts: Arc::default() }
    }

    pub fn add(&self, counts: Counts) {
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        all.modules += counts.modules;
        all.holds += counts.holds;
        for (why, count) in counts.skipped {
            *all.skipped.entry(why).or_default() += count;
        }
    }

    /// Reasons for which nothing was skipped.
    pub fn unused(&self) -> Vec<&'static str> {
        let all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        skips::reasons(self.on).filter(|why| !all.skipped.contains_key(why)).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(f, "{}: {} assertions hold, {} modules started", self.on, all.holds, all.modules)?;
        for (why, count) in &all.skipped {
            writeln!(f, "{count:>8} skipped: {why}")?;
        }
        Ok(())
    }
}
