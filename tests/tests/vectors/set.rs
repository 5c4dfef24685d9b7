//! Golden vectors: what calls of random programs must come to, on every engine and every machine.
//!
//! They are in `data/vectors.bin`, in postcard; `cargo xtask vectors` makes them anew.

use aingle_wasm_core::engine::Values;
use serde::{Deserialize, Serialize};

/// Every vector.
#[derive(Debug, Serialize, Deserialize)]
pub struct Set {
    /// Hash of the fuel specification that they follow: under another they must be made anew.
    pub fuel_spec: u32,
    pub cases: Vec<Case>,
}

impl Set {
    /// The vectors that are checked in.
    ///
    /// # Errors
    /// The file is of another form.
    #[allow(dead_code, reason = "what makes them does not read them")]
    pub fn read() -> postcard::Result<Self> {
        postcard::from_bytes(include_bytes!("../../data/vectors.bin"))
    }
}

/// A guest, and what is asked of it in this order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Case {
    pub wasm: Vec<u8>,
    pub vectors: Vec<Vector>,
}

/// A run of an export.
#[derive(Debug, Serialize, Deserialize)]
pub struct Vector {
    pub export: String,
    pub arguments: Values,
    /// Limit in units.
    pub fuel: u64,
    pub expected: Expected,
    /// CRC-32 of the guest's memory afterwards, for whoever can look at it; of a run that trapped there is none.
    pub memory: u32,
}

/// What must be the same everywhere.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Results, or the code of the trap.
    pub outcome: Result<Values, u8>,
    pub fuel_used: u64,
    pub host_calls: u32,
    /// CRC-32 over the names and requests of those calls.
    pub host_digest: u32,
}
