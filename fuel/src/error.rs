//! Why a module was refused, and where.

use std::{convert::Infallible, fmt};

use wasm_encoder::reencode;

use crate::{Refusal, Rule};

/// A refusal: what is wrong with a module, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Error {
    /// Index of the function with the fault, counted with the imported ones; absent when the
    /// fault lies outside a function.
    pub function: Option<u32>,
    /// Position of the fault in the module's file, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Malformed, invalid, or in need of a feature that is not offered; holds the validator's
    /// sentence.
    Invalid(String),
    /// The check refuses it.
    Refused(Rule),
    /// A memory of 1-byte pages may grow. A chip could let it, the rewritten copy could not.
    Growable {
        /// Size at the start, in bytes.
        minimum: u64,
        /// Size it may reach, in bytes; absent when it has no bound.
        maximum: Option<u64>,
    },
    /// A memory of 1-byte pages is imported. Only a memory of the module's own can be moved.
    ImportedMemory,
    /// The constant offset of a load or store, moved with the guest, leaves the 32-bit range.
    /// Such an access lies beyond the guest's memory and can only trap.
    AccessTooFar {
        /// The constant offset in bytes, as the guest states it.
        offset: u64,
    },
    /// A data segment's place is not a plain number, so it cannot be moved.
    SegmentNotConstant {
        /// Index of the segment.
        segment: u32,
    },
    /// A data segment's place, moved with the guest, leaves the 32-bit range.
    SegmentTooFar {
        /// Index of the segment.
        segment: u32,
        /// Its place in bytes, as the guest states it.
        offset: u64,
    },
}

impl Error {
    pub(crate) fn new(offset: u64, reason: Reason) -> Self {
        Self { function: None, offset, reason }
    }

    pub(crate) fn in_function(self, function: u32) -> Self {
        Self { function: Some(function), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = self.function {
            write!(f, "function {function}, ")?;
        }
        write!(f, "offset {:#x}: {}", self.offset, self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(sentence) => f.write_str(sentence),
            Self::Refused(rule) => write!(f, "{rule}"),
            Self::Growable { minimum, maximum } => {
                write!(f, "a memory of 1-byte pages must not grow: ")?;
                match maximum {
                    Some(maximum) => write!(f, "it has {minimum} bytes and may have {maximum}")?,
                    None => write!(f, "it has {minimum} bytes and no maximum")?,
                }
                write!(f, "; link the guest with `--no-growable-memory`")
            }
            Self::ImportedMemory => write!(
                f,
                "a memory of 1-byte pages must be the module's own, not imported; \
                 link the guest without `--import-memory`"
            ),
            Self::AccessTooFar { offset } => {
                write!(f, "the constant offset {offset} of a memory access lies too far beyond the memory")
            }
            Self::SegmentNotConstant { segment } => {
                write!(f, "data segment {segment} is placed by something else than `i32.const`")
            }
            Self::SegmentTooFar { segment, offset } => {
                write!(f, "data segment {segment} is placed at {offset}, too far beyond the memory")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let reason = Reason::Refused(refusal.rule);
        Self { function: refusal.function, ..Self::new(u64::from(refusal.offset), reason) }
    }
}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Self {
        Self::new(error.offset(), Reason::Invalid(error.message().to_owned()))
    }
}

impl From<reencode::Error<Error>> for Error {
    fn from(error: reencode::Error<Error>) -> Self {
        match error {
            reencode::Error::UserError(error) => error,
            reencode::Error::ParseError(error) => error.into(),
            other => Self::new(0, Reason::Invalid(other.to_string())),
        }
    }
}

impl From<reencode::Error<Infallible>> for Error {
    fn from(error: reencode::Error<Infallible>) -> Self {
        match error {
            reencode::Error::ParseError(error) => error.into(),
            other => Self::new(0, Reason::Invalid(other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_function_offset_and_reason() {
        let error = Error::new(0x1f4, Reason::AccessTooFar { offset: u64::from(u32::MAX) });
        assert_eq!(
            error.in_function(3).to_string(),
            "function 3, offset 0x1f4: the constant offset 4294967295 of a memory access \
             lies too far beyond the memory"
        );
    }
}
