#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod cache;
mod call;
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
use aingle_wasm_fuel::{Summary, check};
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

    /// Compiles `wasm`, and keeps nothing of it. The [counters](Self::counters) are those of the cache, and leave it out.
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

    /// Why `wasm` was not taken, for people: an error has a number where this names the rule and the place, or the
    /// import.
    ///
    /// ```
    /// # use aingle_wasm_backend_wasmer::Engine;
    /// # use aingle_wasm_core::{engine::Limits, guest::Guest};
    /// let (engine, wasm) = (Engine::default(), wat::parse_str(r#"(module (import "env" "ask" (func)))"#)?);
    /// let error = Guest::load(engine.clone(), &wasm, Limits::SERVER, &[], ()).err().ok_or("it is taken")?;
    /// assert_eq!(engine.explain(&wasm, error), "its import env.ask is not offered, or not with its type");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, wasm: &[u8], error: Error) -> String {
        match error {
            Error::Rule(_) => check(wasm, self.config().profile).err().map(|refusal| refusal.to_string()),
            Error::Import(index) => Summary::read(wasm).ok().and_then(|summary| {
                let import = summary.import(index)?;
                Some(format!(
                    "its import {}.{} is not offered, or not with its type",
                    import.module, import.name
                ))
            }),
            _ => None,
        }
        .unwrap_or_else(|| error.to_string())
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
