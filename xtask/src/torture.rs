//! What should reset a chip, done to an emulated one.

use anyhow::Result;

use crate::{
    board::Board,
    boards::Profile,
    firmware::{self, Pace},
    setup,
};

/// Feeds `board` damaged modules and frames for `seconds`, then guests in a random order for a third of that.
///
/// # Errors
/// When the chip is reset, or does not end well.
pub fn run(board: &Board, seconds: u64, seed: u64) -> Result<()> {
    setup::targets(&[board.target])?;
    let program = firmware::build(board, Profile::Release, "suite", "torture", &[])?;
    for (what, seconds) in [("hostile", seconds), ("soak", seconds.div_ceil(3))] {
        let words = format!("{what} {seconds} {seed}");
        print!("{}", firmware::run(board, &program, Pace::Free, &["-append", &words])?);
    }
    Ok(())
}
