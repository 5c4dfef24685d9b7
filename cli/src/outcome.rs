//! What a call came to, in the words and exit codes of the command.

use aingle_wasm_core::{
    error::{self, CallError},
    link::{Failure, LinkError, Run, client},
};

use crate::{target, wire};

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The guest replied.
    Reply,
    /// The guest answered with an error.
    GuestError,
    /// An export returned.
    Returned,
    /// The run ended before it was done.
    Trap,
    /// The module was not loaded: it is at fault.
    Refused,
    /// The target ran out of something real.
    Abstain,
    /// The request was not one that could be made; the caller is at fault.
    Misuse,
    /// The target or the link to it failed.
    Failed,
}

impl Outcome {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Reply => "reply",
            Outcome::GuestError => "guest_error",
            Outcome::Returned => "returned",
            Outcome::Trap => "trap",
            Outcome::Refused => "refused",
            Outcome::Abstain => "abstain",
            Outcome::Misuse | Outcome::Failed => "failed",
        }
    }

    /// The command's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Outcome::Reply | Outcome::Returned => 0,
            Outcome::GuestError => 1,
            Outcome::Misuse => 2,
            Outcome::Trap => 3,
            Outcome::Refused => 4,
            Outcome::Failed => 5,
            Outcome::Abstain => 6,
        }
    }

    /// What an error of a target is.
    pub const fn of(error: &target::Error) -> Self {
        match error {
            target::Error::Unreachable(_) | target::Error::Silent | target::Error::Unfinished(_) => {
                Outcome::Failed
            }
            target::Error::ModuleTooLong(_) | target::Error::NoRoom { .. } => Outcome::Abstain,
            target::Error::TooManyArguments => Outcome::Misuse,
            target::Error::Link(error) => match error {
                client::Error::Wire(wire::Error::Panicked) => Outcome::Abstain,
                client::Error::Failed(Failure::Guest(error), _) => Outcome::of_guest(*error),
                client::Error::Failed(Failure::Link(LinkError::BodyTooLong), _) => Outcome::Abstain,
                _ => Outcome::Failed,
            },
        }
    }

    const fn of_guest(error: error::Error) -> Self {
        match error {
            error::Error::Module(_)
            | error::Error::Rule(_)
            | error::Error::Import(_)
            | error::Error::Grant(_) => Outcome::Refused,
            error::Error::Call(CallError::Lost) => Outcome::Abstain,
            error::Error::Call(_) => Outcome::Misuse,
            error::Error::Trap(_) => Outcome::Trap,
            error::Error::Abstain(_) => Outcome::Abstain,
            _ => Outcome::Failed,
        }
    }
}

/// What the target itself says of a guest that failed, when it does.
pub const fn guest_error(error: &target::Error) -> Option<error::Error> {
    match error {
        target::Error::Link(client::Error::Failed(Failure::Guest(error), _)) => Some(*error),
        _ => None,
    }
}

/// What a run that failed took.
pub const fn run(error: &target::Error) -> Option<Run> {
    match error {
        target::Error::Link(client::Error::Failed(Failure::Guest(error::Error::Trap(_)), run)) => Some(*run),
        _ => None,
    }
}
