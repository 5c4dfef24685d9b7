//! How many lines a guest may log in a while: a bucket of tokens that fills with time.

/// So many lines a second on average, and as many at once after a silence.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rate {
    lines: u32,
    /// What is in the bucket, in millionths of a line.
    tokens: u64,
    /// When that was reckoned, in microseconds.
    since: u64,
}

impl Rate {
    /// So many `lines` a second.
    pub const fn new(lines: u32) -> Self {
        Self { lines, tokens: lines as u64 * LINE, since: 0 }
    }

    /// Whether there may be a line at `now`, in microseconds since some moment; it is counted then. Where there is no
    /// clock there always may.
    pub fn admits(&mut self, now: Option<u64>) -> bool {
        let Some(now) = now else { return true };
        let lines = u64::from(self.lines);
        let gained = now.saturating_sub(self.since).saturating_mul(lines);
        self.since = now;
        self.tokens = self.tokens.saturating_add(gained).min(lines * LINE);
        match self.tokens.checked_sub(LINE) {
            Some(left) => self.tokens = left,
            None => return false,
        }
        true
    }
}

/// Tokens of a line: a line a second gains one in a microsecond.
const LINE: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_38_a_flood_gets_its_burst_and_then_its_rate() {
        let mut rate = Rate::new(10);
        let mut admitted =
            |from: u64, micros: u64| (from..from + micros).filter(|now| rate.admits(Some(*now))).count();
        assert_eq!(admitted(0, 1000), 10, "at once");
        assert_eq!(admitted(1000, 999_000), 9, "in the first second");
        assert_eq!(admitted(1_000_000, 2_000_000), 20, "in the next two");
        assert_eq!(admitted(60_000_000, 1000), 10, "after a silence");
    }

    #[test]
    fn without_a_clock_or_with_one_that_stands_nothing_breaks() {
        let mut rate = Rate::new(2);
        assert!((0..100).all(|_| rate.admits(None)));
        assert_eq!((0..100).filter(|_| rate.admits(Some(5))).count(), 2);
        assert!(!rate.admits(Some(0)), "time does not run backwards");
        assert!(!Rate::new(0).admits(Some(u64::MAX)));
    }
}
