//! Guests of the suite, for whoever does other things to them.

/// A guest of ours: one entry for each thing that a guest may do well or badly. It imports all of
/// [`IMPORTS`](crate::IMPORTS).
pub const OURS: &[u8] = wasm!("ours");

/// A guest as the predecessor's SDK makes them; it imports `echo`.
pub const PREDECESSOR: &[u8] = wasm!("predecessor");

/// wasmi 2.0.0 panics while it translates this, so the check refuses it.
pub const FAR_STORE: &[u8] = wasm!("refused/far_store");

/// wasmi 2.0.0 mistakes a local of this for another value, so the check refuses it.
pub const BLOCK_PARAMETERS: &[u8] = wasm!("refused/block_parameters");
