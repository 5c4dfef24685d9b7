//! Typed entries and host functions: arguments and result as postcard.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::__private::Call;
use crate::{HostError, Reply};

impl<'a> Call<'a> {
    /// The entry's arguments, a tuple. They may borrow from the request.
    ///
    /// # Errors
    ///
    /// The answer that refuses them: not the postcard of that tuple, or followed by more.
    #[doc(hidden)]
    pub fn arguments<T: Deserialize<'a>>(&self) -> Result<T, u64> {
        match postcard::take_from_bytes(self.input()) {
            Ok((arguments, [])) => Ok(arguments),
            _ => Err(self.finish::<&[u8], _>(Err("the arguments cannot be read"))),
        }
    }

    /// The answer for what a typed entry returned.
    #[doc(hidden)]
    pub fn finish_typed<T: Serialize, E: AsRef<[u8]>>(&self, result: Result<T, E>) -> u64 {
        match result {
            Ok(value) => match postcard::to_allocvec(&value) {
                Ok(bytes) => self.finish::<Vec<u8>, E>(Ok(bytes)),
                Err(_) => self.finish::<&[u8], _>(Err("the result cannot be written")),
            },
            Err(words) => self.finish::<&[u8], E>(Err(words)),
        }
    }
}

/// Asks a host function for a value.
///
/// # Errors
///
/// Those of the host function; [`HostError::Malformed`] for a reply that is no `R`.
#[doc(hidden)]
pub fn ask<A: Serialize, R: DeserializeOwned>(
    function: impl FnOnce(&[u8]) -> Result<Reply, HostError>,
    arguments: &A,
) -> Result<R, HostError> {
    let request = postcard::to_allocvec(arguments).map_err(|_| HostError::Malformed)?;
    let reply = function(&request)?;
    match postcard::take_from_bytes(&reply) {
        Ok((value, [])) => Ok(value),
        _ => Err(HostError::Malformed),
    }
}
