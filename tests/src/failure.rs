//! How a case fails: by a value, since a firmware cannot catch a panic.

use core::{fmt, panic::Location};

use aingle_wasm_core::error::Error;

/// What a case found, and where.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    what: &'static str,
    /// The error that there was, whether or not one was expected.
    error: Option<Error>,
    place: &'static Location<'static>,
}

impl Failure {
    /// The condition `what` does not hold.
    #[track_caller]
    pub(crate) fn new(what: &'static str, error: Option<Error>) -> Self {
        Self { what, error, place: Location::caller() }
    }
}

impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new("no error", Some(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: not true: {}", self.place.file(), self.place.line(), self.what)?;
        match self.error {
            Some(error) => write!(f, " (the error was: {error})"),
            None => Ok(()),
        }
    }
}

/// Ends the case when the condition does not hold.
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err($crate::Failure::new(stringify!($condition), None));
        }
    };
}

/// Ends the case when the result is not that error.
macro_rules! ensure_error {
    ($result:expr, $error:expr) => {
        match $result {
            Err(error) if error == aingle_wasm_core::error::Error::from($error) => {}
            other => {
                let what = concat!(stringify!($result), " is Err(", stringify!($error), ")");
                return Err($crate::Failure::new(what, other.err()));
            }
        }
    };
}
