#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod cache;
mod compile;
mod compiler;
mod config;
mod counters;
mod fault;
mod instance;
mod meter;
pub mod prelude;
mod snapshot;
mod trace;
mod tunables;
mod values;

pub use cache::CacheFolder;
pub use compile::Module;
pub use compiler::Compiler;
pub use config::{ConfigError, EngineConfig};
pub use counters::Counters;
pub use instance::{Function, Instance};

use std::sync::Arc;

use aingle_wasm_core::{
    engine::Limits,
    error::Error,
    host::{Host, Imports},
};
use cache::{Cache, Folder};
use counters::Tallies;

/// The engine: hand it to [`Guest::load`](aingle_wasm_core::guest::Guest::load). Its clones are the same engine.
#[derive(Clone, Debug)]
pub struct Engine {
    cache: Arc<Cache>,
    tallies: Arc<Tallies>,
}

impl Engine {
    /// An engine as `config` has it.
    ///
    /// # Errors
    /// [`ConfigError`] says what cannot be had.
    pub fn new(config: EngineConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let open = |folder: &CacheFolder| {
            let path = &folder.path;
            Folder::open(folder).map_err(|error| ConfigError::CacheFolder { path: path.clone(), error })
        };
        let folder = config.cache_folder.as_ref().map(open).transpose()?;
        Ok(Self::with(config, folder))
    }

    /// How it was set up.
    pub fn config(&self) -> &EngineConfig {
        self.cache.config()
    }

    /// Compiles `wasm`, and keeps nothing of it.
    ///
    /// # Errors
    /// Those of [`load`](aingle_wasm_core::engine::Engine::load).
    pub fn compile(&self, wasm: &[u8]) -> Result<Module, Error> {
        let (config, limits) = (self.config(), self.config().limits());
        trace::compile(None, wasm, config, |_| Module::compile(wasm, limits, config))
    }

    /// Compiles `wasm`, if it was not compiled before. The key is the caller's name for it and decides nothing: other
    /// bytes are another module, whatever their key.
    ///
    /// # Errors
    /// Those of [`load`](aingle_wasm_core::engine::Engine::load).
    pub fn compile_cached(&self, key: impl AsRef<[u8]>, wasm: &[u8]) -> Result<Module, Error> {
        self.cached(Some(key.as_ref()), wasm, self.config().limits())
    }

    /// What it and its guests did so far.
    pub fn counters(&self) -> Counters {
        self.tallies.sum(self.cache.counts())
    }

    fn cached(&self, key: Option<&[u8]>, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        trace::compile(key, wasm, self.config(), |span| self.cache.load(wasm, limits, span))
    }

    fn with(config: EngineConfig, folder: Option<Folder>) -> Self {
        Self { cache: Cache::new(config, folder).into(), tallies: Arc::default() }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::with(EngineConfig::default(), None)
    }
}

impl<T: Send + 'static> aingle_wasm_core::engine::Engine<T> for Engine {
    type Module = Module;
    type Instance = Instance<T>;

    fn fuel_spec(&self) -> u32 {
        self.config().spec.hash()
    }

    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
        self.cached(None, wasm, limits)
    }

    fn start(&self, module: &Module, imports: &Imports<T>, host: Host<T>) -> Result<Instance<T>, Error> {
        trace::start(|| Instance::start(module, imports, host, self.tallies.enter()))
    }
}
