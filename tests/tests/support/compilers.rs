//! wasmer with each compiler of this build.

use aingle_wasm_backend_wasmer::{Compiler, Engine, EngineConfig};

/// Engines, and the names of their compilers.
pub fn engines() -> impl Iterator<Item = (&'static str, Engine)> {
    Compiler::there().map(|compiler| {
        let config = EngineConfig { compiler, ..EngineConfig::default() };
        (compiler.name(), Engine::new(config).expect("its feature is on"))
    })
}
