//! Why a call by the predecessor's names has no reply.

use std::fmt;

use aingle_wasm_core::error::{CallError, Error, Trap};

use crate::ConfigError;

/// Why there is no engine, no instance or no reply.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// There is no engine for that configuration.
    Config(ConfigError),
    /// The guest has no entry of that name.
    FunctionNotFound(String),
    /// The guest answered with an error, whose bytes these are: a text, as a rule.
    GuestError(Vec<u8>),
    /// The call used up its fuel.
    MeteringExceeded,
    /// Whatever else it was: the module was refused, the run trapped, this machine ran out of something.
    Failed(Error),
}

impl HostError {
    pub(super) fn of_call(error: Error, entry: &str) -> Self {
        match error {
            Error::Trap(Trap::OutOfFuel) => Self::MeteringExceeded,
            Error::Call(CallError::NoEntry) => Self::FunctionNotFound(entry.to_owned()),
            other => Self::Failed(other),
        }
    }
}

impl From<ConfigError> for HostError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<Error> for HostError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::FunctionNotFound(name) => write!(f, "the guest has no entry {name:?}"),
            Self::GuestError(words) => {
                write!(f, "the guest answered with an error: {}", words.escape_ascii())
            }
            Self::MeteringExceeded => f.write_str("the call used up its fuel: metering_limit allows more"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HostError {}
