#![doc = include_str!("../docs/coming-from-aingle-wasmer.md")]

mod error;
mod instance;

pub use crate::{Engine as WasmEngine, EngineConfig};
pub use error::HostError;
pub use instance::WasmInstance;
