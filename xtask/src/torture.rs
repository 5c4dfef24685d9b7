//! What should reset a chip, done to an emulated one.

use anyhow::Result;

use crate::{
    board::Board,
    firmware::{self, Pace},
};

/// Feeds `board` damaged modules and frames for `seconds`, then guests in a random order for a third of that.
///
/// # Errors
/// When the chip is reset, or does not end well.
pub fn run(board: &Board, seconds: u64, seed: u64) -> Result<()> {
    for (what, seconds) in [("hostile", seconds), ("soak", seconds.div_ceil(3))] {
        print!("{}", firmware::test(board, Pace::Free, &format!("{what} {seconds} {seed}"))?);
    }
    Ok(())
}
