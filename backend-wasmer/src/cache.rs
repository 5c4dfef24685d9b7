//! Compiled modules, kept in memory and in a folder.

mod file;
mod folder;
mod identity;
mod key;

use std::{
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use aingle_wasm_core::{engine::Limits, error::Error};
use blake3::Hash;
use moka::{policy::EvictionPolicy, sync};

use crate::{EngineConfig, Module};
pub(crate) use folder::Folder;
use identity::Identities;

/// A folder in which compiled modules outlive the process. Several processes may share it.
#[derive(Clone)]
pub struct CacheFolder {
    /// Where it is; it is made, for its owner alone, if there is none.
    pub path: PathBuf,
    /// With which files are authenticated: whoever has it can make this process run any code. Without one the folder
    /// has its own, in a file that only its owner can use.
    pub key: Option<[u8; 32]>,
}

/// Keeps the key to itself.
impl fmt::Debug for CacheFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheFolder").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What a cache did since its engine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Modules compiled.
    pub compiled: u64,
    /// Modules found in memory, those included for which another thread was at work.
    pub memory_hits: u64,
    /// Modules found in the folder.
    pub disk_hits: u64,
    /// Files found in the folder that were bad, old or foreign.
    pub rejected: u64,
    /// Modules that could not be written to the folder.
    pub write_failures: u64,
    /// Modules that memory had no room for any more.
    pub evicted: u64,
}

#[derive(Debug)]
pub(crate) struct Cache {
    identities: Identities,
    memory: sync::Cache<Hash, Module>,
    folder: Option<Folder>,
    counters: Arc<Counters>,
}

impl Cache {
    pub(crate) fn new(config: &EngineConfig, folder: Option<Folder>) -> Self {
        let counters = Arc::<Counters>::default();
        let evicted = counters.clone();
        let memory = sync::Cache::builder()
            .max_capacity(config.cache_size as u64)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_, module: &Module| module.weight())
            .eviction_listener(move |_, _, _| Counters::add(&evicted.evicted))
            .build();
        Self { identities: Identities::new(config), memory, folder, counters }
    }

    /// The module as it was compiled before, or compiled now: once, however many threads ask for it.
    pub(crate) fn load(&self, wasm: &[u8], limits: Limits, config: &EngineConfig) -> Result<Module, Error> {
        let identity = self.identities.of(wasm, limits);
        let mut found = true;
        let module = self.memory.try_get_with(identity, || {
            found = false;
            match self.read(&identity, wasm, config) {
                Some(module) => Ok(module),
                None => self.compile(&identity, wasm, limits, config),
            }
        });
        match found {
            true if module.is_ok() => Counters::add(&self.counters.memory_hits),
            true => {}
            // Else there would be more than `cache_size` until somebody asks for another module.
            false => self.memory.run_pending_tasks(),
        }
        module.map_err(|error| *error)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// The module from the folder.
    fn read(&self, identity: &Hash, wasm: &[u8], config: &EngineConfig) -> Option<Module> {
        let folder = self.folder.as_ref()?;
        let file = match folder.read(identity, longest(wasm)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            file => file.ok(),
        };
        let module = file.and_then(|file| file::open(&folder.key().ok()?, identity, file, wasm, config));
        Counters::add(match module {
            Some(_) => &self.counters.disk_hits,
            None => &self.counters.rejected,
        });
        module
    }

    fn compile(
        &self,
        identity: &Hash,
        wasm: &[u8],
        limits: Limits,
        config: &EngineConfig,
    ) -> Result<Module, Error> {
        let module = Module::compile(wasm, limits, config)?;
        Counters::add(&self.counters.compiled);
        if self.folder.as_ref().is_some_and(|folder| write(folder, identity, &module, wasm).is_none()) {
            Counters::add(&self.counters.write_failures);
        }
        Ok(module)
    }
}

fn write(folder: &Folder, identity: &Hash, module: &Module, wasm: &[u8]) -> Option<()> {
    folder.make().ok()?;
    let file = file::seal(&folder.key().ok()?, identity, module)?;
    if file.len() as u64 > longest(wasm) {
        return None;
    }
    folder.write(identity, &file).ok()
}

/// Bytes of the longest file that a guest may have: some dozen times its own are usual.
fn longest(wasm: &[u8]) -> u64 {
    (1 << 20) + 256 * wasm.len() as u64
}

#[derive(Debug, Default)]
struct Counters {
    compiled: AtomicU64,
    memory_hits: AtomicU64,
    disk_hits: AtomicU64,
    rejected: AtomicU64,
    write_failures: AtomicU64,
    evicted: AtomicU64,
}

impl Counters {
    fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }

    fn read(&self) -> Counts {
        Counts {
            compiled: self.compiled.load(Relaxed),
            memory_hits: self.memory_hits.load(Relaxed),
            disk_hits: self.disk_hits.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            write_failures: self.write_failures.load(Relaxed),
            evicted: self.evicted.load(Relaxed),
        }
    }
}

/// Raised whenever a file's layout changes, or what a guest is compiled from.
const FORMAT: u32 = 1;
