//! Compiled modules, kept in memory and in a folder.

mod file;
mod folder;
mod key;
mod source;

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
use tracing::Span;

use crate::{EngineConfig, Module, trace};
use file::Frozen;
pub(crate) use folder::Folder;
use source::{Source, Sources};

/// A folder in which compiled modules outlive the process. Several processes of one user may share it.
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

/// What a cache did since its engine was made; [`Engine::compile`](crate::Engine::compile) goes around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Modules compiled for it.
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
    sources: Sources,
    memory: sync::Cache<Hash, Kept>,
    folder: Option<Folder>,
    counters: Arc<Counters>,
}

impl Cache {
    pub(crate) fn new(config: EngineConfig, folder: Option<Folder>) -> Self {
        let counters = Arc::<Counters>::default();
        let evicted = counters.clone();
        let memory = sync::Cache::builder()
            .max_capacity(config.cache_size as u64)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_, kept: &Kept| kept.weight)
            .eviction_listener(move |_, _, _| Counters::add(&evicted.evicted))
            .build();
        Self { sources: Sources::new(config), memory, folder, counters }
    }

    /// Of the engine that this is the cache of.
    pub(crate) fn config(&self) -> &EngineConfig {
        self.sources.config()
    }

    /// The module as it was compiled before, or compiled now: once, however many threads ask for it. The span records
    /// in `cache` where it came from.
    pub(crate) fn load(&self, wasm: &[u8], limits: Limits, span: &Span) -> Result<Module, Error> {
        let source = self.sources.source(wasm, limits);
        let mut found = true;
        let kept = self.memory.try_get_with(*source.identity(), || {
            found = false;
            let (place, kept) = match self.read(&source) {
                Some(kept) => ("disk", kept),
                None => ("compiled", self.compile(&source)?),
            };
            span.record("cache", place);
            Ok(kept)
        });
        match found {
            true if kept.is_ok() => {
                Counters::add(&self.counters.memory_hits);
                span.record("cache", "memory");
            }
            true => {}
            // Else there would be more than `cache_size` until somebody asks for another module.
            false => self.memory.run_pending_tasks(),
        }
        kept.map(|kept| kept.module).map_err(|error| *error)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// The module from the folder.
    fn read(&self, source: &Source<'_>) -> Option<Kept> {
        let folder = self.folder.as_ref()?;
        let file = match folder.read(source.identity(), longest(source)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            file => file.ok(),
        };
        let frozen = file.and_then(|file| Frozen::open(&file, &folder.key().ok()?, source));
        let kept = frozen.and_then(|frozen| Kept::thaw(&frozen).ok());
        match kept {
            Some(_) => Counters::add(&self.counters.disk_hits),
            None => {
                Counters::add(&self.counters.rejected);
                trace::rejected(|| folder.file(source.identity()));
            }
        }
        kept
    }

    fn compile(&self, source: &Source<'_>) -> Result<Kept, Error> {
        let frozen = Frozen::compile(source)?;
        Counters::add(&self.counters.compiled);
        if let Some(folder) = &self.folder
            && write(folder, source, &frozen).is_none()
        {
            Counters::add(&self.counters.write_failures);
            trace::not_written(|| folder.file(source.identity()));
        }
        Kept::thaw(&frozen)
    }
}

fn write(folder: &Folder, source: &Source<'_>, frozen: &Frozen<'_>) -> Option<()> {
    folder.make().ok()?;
    let file = frozen.seal(&folder.key().ok()?);
    let fits = file.len() as u64 <= longest(source);
    fits.then(|| folder.write(source.identity(), &file).ok()).flatten()
}

/// Bytes of the longest file that a guest may have: a dozen times its own are usual.
fn longest(source: &Source<'_>) -> u64 {
    (1 << 20) + 256 * source.len() as u64
}

/// A module in memory. It was frozen and thawed, since what the compiler leaves takes more than twice the memory, and
/// nobody can say how much.
#[derive(Clone, Debug)]
struct Kept {
    module: Module,
    weight: u32,
}

impl Kept {
    fn thaw(frozen: &Frozen<'_>) -> Result<Self, Error> {
        Ok(Self { module: frozen.thaw()?, weight: weight(frozen.len()) })
    }
}

/// Bytes that a thawed module holds, at most: its artifact, the code of it once more in pages of its own, and an engine.
/// Usual are two thirds of it; the rest is for what the compiler's threads keep.
fn weight(artifact: usize) -> u32 {
    u32::try_from(2 * artifact + ENGINE).unwrap_or(u32::MAX)
}

const ENGINE: usize = 16 << 10;

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
const FORMAT: u32 = 3;

#[cfg(test)]
mod tests {
    use aingle_wasm_fuel::{growth, lower::lower, spec::Spec};

    use super::*;

    /// When this fails, files of before hold what is compiled otherwise now: raise [`FORMAT`].
    #[test]
    fn guests_are_lowered_as_this_format_has_it() {
        let mut hasher = blake3::Hasher::new();
        for guest in [KERNELS.to_vec(), wat::parse_str(SERVERS).unwrap()] {
            let lowered = lower(&guest, &Spec::V1).unwrap();
            hasher.update(&growth::clamp(&lowered.wasm, Limits::SERVER.memory.into()).unwrap());
        }
        assert_eq!(
            (FORMAT, hasher.finalize().to_hex().as_str()),
            (3, "4e22828017503b2ca707fed5c13c338f4c2e60fa6797e000127be8e1b56c37d6")
        );
    }

    const KERNELS: &[u8] = include_bytes!("../../fuel/tests/data/kernels-small.wasm");

    /// What the kernels have not: pages of 64 KiB, growth, bulk memory, a table, an entry.
    const SERVERS: &str = r#"(module
        (type $none (func))
        (memory 1)
        (table 1 funcref)
        (elem (i32.const 0) $bulk)
        (func $bulk (memory.fill (i32.const 0) (i32.const 1) (memory.grow (i32.const 1))))
        (func (export "run") (param i32)
            (if (local.get 0) (then (memory.copy (i32.const 0) (local.get 0) (i32.const 9))))
            (loop $again (call_indirect (type $none) (local.get 0)) (br_if $again (local.get 0))))
        (func (export "entry") (param i32 i32) (result i64) (i64.const 0)))"#;
}
