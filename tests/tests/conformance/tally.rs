//! What came of the suite on one engine.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::skips;

/// Directives, by what came of them: [`HOLDS`] and the like, or the reason for a skip.
pub type Counts = BTreeMap<&'static str, usize>;

pub const HOLDS: &str = "assertions hold";
pub const STARTED: &str = "modules started";
pub const CALLED: &str = "other calls made";

/// Counts over all files.
#[derive(Clone)]
pub struct Tally {
    pub on: &'static str,
    all: Arc<Mutex<Counts>>,
}

impl Tally {
    pub fn new(on: &'static str) -> Self {
        Self { on, all: Arc::default() }
    }

    pub fn add(&self, counts: Counts) {
        let mut all = self.counts();
        for (what, count) in counts {
            *all.entry(what).or_default() += count;
        }
    }

    /// Reasons for which nothing was skipped.
    pub fn unused(&self) -> Vec<&'static str> {
        let all = self.counts();
        skips::reasons().filter(|why| !all.contains_key(why)).collect()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.on)?;
        for (what, count) in self.counts().iter() {
            let skipped = if [HOLDS, STARTED, CALLED].contains(what) { "" } else { "skipped: " };
            writeln!(f, "{count:>8} {skipped}{what}")?;
        }
        Ok(())
    }
}
