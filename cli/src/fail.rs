//! A verb that has nothing to report but why it did not work.

use std::{fmt, process::ExitCode};

use aingle_wasm::Outcome;

use crate::terminal;

/// What a verb came to.
pub type Done<T = ()> = Result<T, Fail>;

/// Why a verb did not work.
#[derive(Debug)]
pub struct Fail {
    pub outcome: Outcome,
    /// What is wrong and what to do next.
    pub sentence: String,
}

impl Fail {
    /// The caller's fault.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { outcome: Outcome::Misuse, sentence: sentence.into() }
    }

    /// Shows the sentence, unless it was told elsewhere, and says the exit code.
    pub fn exit(&self) -> ExitCode {
        if !self.sentence.is_empty() {
            terminal::error(&self.sentence);
        }
        self.outcome.exit_code().into()
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// The exit code of a verb that either works or fails.
pub fn exit(done: Done) -> ExitCode {
    done.map_or_else(|fail| fail.exit(), |()| ExitCode::SUCCESS)
}
