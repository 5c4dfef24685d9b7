//! What becomes of a panic in a host function or in the engine.

use crate::error::Error;

/// Runs `run`; a panic in it is this machine's failure, and no verdict on the guest.
///
/// # Errors
/// As `run`; [`Abstain::Panic`](crate::error::Abstain::Panic).
#[cfg(feature = "std")]
pub(crate) fn caught<R>(run: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    // Whoever gets this error drops the instance, so that nothing of it is seen half done.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .unwrap_or(Err(Error::Abstain(crate::error::Abstain::Panic)))
}

/// Runs `run`; without an operating system, a panic is the firmware's to catch.
#[cfg(not(feature = "std"))]
pub(crate) fn caught<R>(run: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    run()
}
