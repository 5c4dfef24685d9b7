//! What subscribers of `tracing` see of an engine. The README has the table.

use std::path::PathBuf;

use aingle_wasm_core::error::Error;
use tracing::{
    Span, debug_span,
    field::{Empty, display},
    warn,
};

use crate::EngineConfig;

/// Runs `compile` in a span of its own; the key is the caller's name for the guest. In `cache` it may record where the
/// module came from: `memory`, `disk` or `compiled`.
pub(crate) fn compile<R>(
    key: Option<&[u8]>,
    wasm: &[u8],
    config: &EngineConfig,
    compile: impl FnOnce(&Span) -> Result<R, Error>,
) -> Result<R, Error> {
    let span = debug_span!(
        target: TARGET,
        "compile",
        bytes = wasm.len(),
        key = key.map(|key| display(key.escape_ascii())),
        compiler = config.compiler.name(),
        cache = Empty,
        error = Empty,
    );
    within(&span, compile)
}

/// A file of the cache was bad, old or foreign.
pub(crate) fn rejected(file: impl FnOnce() -> PathBuf) {
    warn!(target: TARGET, file = %file().display(), "cache file rejected");
}

/// A module could not be written to the cache's folder.
pub(crate) fn not_written(file: impl FnOnce() -> PathBuf) {
    warn!(target: TARGET, file = %file().display(), "cache file not written");
}

/// Runs `start` in a span of its own.
pub(crate) fn start<R>(start: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    let span = debug_span!(target: TARGET, "start", error = Empty);
    within(&span, |_| start())
}

fn within<R>(span: &Span, run: impl FnOnce(&Span) -> Result<R, Error>) -> Result<R, Error> {
    let ran = span.in_scope(|| run(span));
    if let Err(error) = &ran {
        span.record("error", display(error));
    }
    ran
}

const TARGET: &str = "aingle_wasm_backend_wasmer";
