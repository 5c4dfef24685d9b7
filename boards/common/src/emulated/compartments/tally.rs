//! What trouble came to.

use core::fmt::Write as _;

use aingle_wasm_core::error::{Abstain, Error};

use super::{Console, Subject, lab::Answer};

/// How often trouble ended how.
#[derive(Default)]
pub struct Tally {
    abandoned: u32,
    abstained: u32,
    unharmed: u32,
}

impl Tally {
    /// Enters how a run ended: abandoned for `reason`, or for want of memory without a panic, or well.
    pub fn count(
        &mut self,
        ended: Result<Answer, Error>,
        expected: Answer,
        reason: Abstain,
    ) -> Result<(), &'static str> {
        match ended {
            Err(error) if error == reason.into() => self.abandoned += 1,
            Err(Error::Abstain(Abstain::Memory | Abstain::Engine)) if reason == Abstain::Memory => {
                self.abstained += 1;
            }
            Ok(answer) if answer == expected => self.unharmed += 1,
            Ok(_) => return Err("an answer is wrong"),
            Err(error) => {
                let _ = writeln!(Console, "{error}");
                return Err("trouble has the wrong name");
            }
        }
        Ok(())
    }

    pub fn print(&self, what: &str, subject: &Subject) -> Result<(), &'static str> {
        let Self { abandoned, abstained, unharmed } = self;
        // The exit code says whether all is well when the console cannot.
        let _ = writeln!(
            Console,
            "{what}, {}: {abandoned} abandoned, {abstained} ended with an error, {unharmed} unharmed",
            subject.name
        );
        if *abandoned == 0 { Err("nothing was abandoned") } else { Ok(()) }
    }
}
