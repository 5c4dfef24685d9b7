//! What trouble came to.

use core::fmt::Write as _;

use aingle_wasm_core::error::{Abstain, Error};

use super::{Console, Done, Subject, lab::Answer};

/// How often trouble ended how.
#[derive(Default)]
pub struct Tally {
    ended: u32,
    unharmed: u32,
}

impl Tally {
    /// Enters how a run ended: for `reason`, or well.
    pub fn count(&mut self, ended: Result<Answer, Error>, expected: Answer, reason: Abstain) -> Done {
        match ended {
            Err(error) if error == reason.into() => self.ended += 1,
            Ok(answer) if answer == expected => self.unharmed += 1,
            Ok(_) => return Err("an answer is wrong"),
            Err(error) => {
                let _ = writeln!(Console, "{error}");
                return Err("trouble has the wrong name");
            }
        }
        Ok(())
    }

    pub fn print(&self, what: &str, subject: &Subject) -> Done {
        let Self { ended, unharmed } = self;
        // The exit code says whether all is well when the console cannot.
        let _ = writeln!(Console, "{what}, {}: {ended} guests ended, {unharmed} unharmed", subject.name);
        if *ended == 0 { Err("no guest ended") } else { Ok(()) }
    }
}
