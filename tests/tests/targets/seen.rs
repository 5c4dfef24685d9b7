//! What a target said of a run, as far as it must be the same everywhere.

use aingle_wasm::{Error, Reply};
use aingle_wasm_core::{
    engine::Values,
    link::{Run, client},
};

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub end: End,
    pub fuel_used: u64,
    pub host_calls: u32,
    pub host_digest: u32,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The guest replied with these bytes.
    Reply(Vec<u8>),
    /// The guest marked these bytes as an error.
    Error(Vec<u8>),
    /// The export gave these numbers.
    Returned(Values),
    /// The target says that the run failed: code and detail.
    Failed(u8, u16),
}

impl Seen {
    /// What came of a call.
    ///
    /// # Errors
    /// The target did not say.
    pub fn called(called: Result<Reply, Error>) -> Result<Self, String> {
        match called {
            Ok(Reply { bytes, error: false, run }) => Ok(Self::new(End::Reply(bytes), run)),
            Ok(Reply { bytes, error: true, run }) => Ok(Self::new(End::Error(bytes), run)),
            Err(error) => Self::failed(error),
        }
    }

    /// What came of a numeric export.
    ///
    /// # Errors
    /// The target did not say.
    pub fn invoked(invoked: Result<(Values, Run), Error>) -> Result<Self, String> {
        match invoked {
            Ok((results, run)) => Ok(Self::new(End::Returned(results), run)),
            Err(error) => Self::failed(error),
        }
    }

    /// What the target said, if it said something.
    ///
    /// # Errors
    /// It did not.
    pub fn failed(error: Error) -> Result<Self, String> {
        match error {
            Error::Link(client::Error::Failed(failure, run)) => {
                Ok(Self::new(End::Failed(failure.code(), failure.detail()), run))
            }
            other => Err(other.to_string()),
        }
    }

    fn new(end: End, run: Run) -> Self {
        let Run { fuel_used, host_calls, host_digest, .. } = run;
        Self { end, fuel_used, host_calls, host_digest }
    }
}
