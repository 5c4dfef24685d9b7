//! Why a request failed.

use core::fmt;

use crate::error::{CallError, Error, codes};

codes! {
    /// What is wrong with a message or its moment.
    LinkError {
        /// The message is of another version of the link.
        Version = 144, "the other side speaks another version of the link";
        /// The message is not one that this version knows.
        Malformed = 145, "the message makes no sense to the other side";
        /// The frame is longer than the receiver takes.
        TooLong = 146, "the frame is longer than the receiver takes";
        /// There is no guest of that number.
        NoGuest = 147, "no guest is loaded";
        /// The body is longer than the board's buffer.
        BodyTooLong = 148, "the module or request is longer than the board's buffer";
        /// The body is not whole yet.
        BodyIncomplete = 149, "the module or request has not arrived whole";
        /// The body's CRC-32 differs from the one stated.
        BodyChecksum = 150, "the module or request was damaged on its way";
        /// The counter of an encrypted frame is not higher than the last one's.
        Replayed = 151, "an encrypted frame came a second time, or with a counter that is not new";
        /// The guest was given nothing to do, or its answer is gone.
        NoJob = 152, "the guest has no call under way, and no answer to tell";
    }
}

/// What [`Answer::Failed`](super::Answer::Failed) stands for: the guest's or the link's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Failure {
    /// The board is well and says this of the guest or of the frame.
    Guest(Error),
    /// The link is at fault.
    Link(LinkError),
    /// A number that this version does not know.
    Unknown(u8),
}

impl Failure {
    /// The number that stands for this failure.
    pub const fn code(self) -> u8 {
        match self {
            Failure::Guest(error) => error.code(),
            Failure::Link(error) => error.code(),
            Failure::Unknown(code) => code,
        }
    }

    /// What travels beside the number.
    pub const fn detail(self) -> u16 {
        match self {
            Failure::Guest(error) => error.detail(),
            _ => 0,
        }
    }

    /// What `code` and `detail` stand for.
    pub fn from_code(code: u8, detail: u16) -> Self {
        match (Error::from_code(code, detail), LinkError::from_code(code)) {
            (Some(error), _) => Failure::Guest(error),
            (None, Some(error)) => Failure::Link(error),
            (None, None) => Failure::Unknown(code),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Guest(error)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Failure::Guest(error.into())
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        Failure::Link(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Guest(error) => error.fmt(f),
            Failure::Link(error) => error.fmt(f),
            Failure::Unknown(code) => write!(f, "the board answered with the unknown error {code}"),
        }
    }
}
