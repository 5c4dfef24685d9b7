//! A guest to compile, and the name of what comes of it.

use aingle_wasm_core::{engine::Limits, error::Error};
use blake3::{Hash, Hasher};
use wasmer::sys::Target;

use super::FORMAT;
use crate::{EngineConfig, Module, compiler};

/// Where guests come from: whatever is compiled as one configuration has it.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    config: EngineConfig,
    settings: Hasher,
}

impl Sources {
    pub(super) fn new(config: EngineConfig) -> Self {
        let mut hasher = Hasher::new_derive_key(CONTEXT);
        field(&mut hasher, settings(&config).as_bytes());
        Self { config, settings: hasher }
    }

    pub(super) fn config(&self) -> &EngineConfig {
        &self.config
    }

    pub(super) fn source<'a>(&'a self, wasm: &'a [u8], limits: Limits) -> Source<'a> {
        let limits = self.config.within(limits);
        let mut hasher = self.settings.clone();
        field(&mut hasher, format!("{limits:?}").as_bytes());
        field(&mut hasher, wasm);
        Source { identity: hasher.finalize(), wasm, limits, config: &self.config }
    }
}

/// A guest, and everything else that decides how it is compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    identity: Hash,
    wasm: &'a [u8],
    limits: Limits,
    config: &'a EngineConfig,
}

impl Source<'_> {
    /// What a module of it is found by: sources whose modules may differ have different names.
    pub(super) fn identity(&self) -> &Hash {
        &self.identity
    }

    /// Bytes of the guest.
    pub(super) fn len(&self) -> usize {
        self.wasm.len()
    }

    pub(super) fn compile(&self) -> Result<Module, Error> {
        Module::compile(self.wasm, self.limits, self.config)
    }

    /// An engine as [`compile`](Self::compile) makes it.
    pub(super) fn engine(&self) -> Result<wasmer::Engine, Error> {
        compiler::engine(self.wasm, self.config)
    }

    /// Frames that the guest may open.
    pub(super) fn depth(&self) -> u32 {
        self.config.call_depth
    }
}

/// A field's length keeps it apart from the next.
fn field(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
}

/// All but the guest and its limits, as `Debug` writes it: that keeps every field of every part.
fn settings(config: &EngineConfig) -> String {
    let EngineConfig {
        compiler,
        canonicalize_nans,
        static_memory_bound,
        call_depth,
        spec,
        profile,
        // Part of each source's limits.
        memory_limit: _,
        // These decide nothing about the code.
        metering_limit: _,
        cache_size: _,
        cache_folder: _,
    } = config;
    let versions = (FORMAT, env!("CARGO_PKG_VERSION"), wasmer_types::VERSION);
    let target = Target::default();
    let machine = (target.triple().to_string(), target.cpu_features());
    let engine = compiler::engine(EMPTY, config).ok().map(|engine| engine.deterministic_id());
    let rest = (canonicalize_nans, static_memory_bound, call_depth, spec, profile);
    format!("{:?}", (versions, machine, compiler, engine, rest))
}

/// Keeps these hashes apart from all others.
const CONTEXT: &str = "aingle-wasm 2026-11 identity of a compiled module";

/// A module without floats, like most.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::LazyLock};

    use aingle_wasm_fuel::{Profile, spec::Spec};

    use super::*;
    use crate::Compiler;

    impl<'a> Source<'a> {
        /// A source whose name is the same for ever.
        pub(in crate::cache) fn test(wasm: &'a [u8]) -> Self {
            static CONFIG: LazyLock<EngineConfig> = LazyLock::new(EngineConfig::default);
            Self { identity: blake3::hash(wasm), wasm, limits: Limits::SERVER, config: &CONFIG }
        }
    }

    #[test]
    fn whatever_changes_the_code_changes_the_name() {
        const DEAR_ADDITION: Spec = Spec::V1.with_cost(0x6a, 9);
        const DEAR_DIVISION: Spec = Spec::V1.with_cost(0x6d, 99);
        let default = EngineConfig::default;
        let configs = [
            default(),
            EngineConfig { canonicalize_nans: false, ..default() },
            EngineConfig { static_memory_bound: 1, ..default() },
            EngineConfig { call_depth: 100, ..default() },
            EngineConfig { spec: &DEAR_ADDITION, ..default() },
            EngineConfig { profile: &Profile::SERVER, ..default() },
            EngineConfig { spec: &DEAR_DIVISION, ..default() },
        ];
        let limits = [Limits::SERVER, Limits { memory: 1 << 20, ..Limits::SERVER }, Limits::CHIP];
        let mut names = HashSet::new();
        for config in &configs {
            let sources = Sources::new(config.clone());
            for limits in limits {
                for wasm in [EMPTY, b"", b"\0"] {
                    let name = *sources.source(wasm, limits).identity();
                    assert!(names.insert(name), "{config:?}, {limits:?}, {wasm:?}");
                }
            }
        }
    }

    #[test]
    fn memory_is_bounded_by_guest_and_machine() {
        let name = |memory_limit, memory| {
            let sources = Sources::new(EngineConfig { memory_limit, ..EngineConfig::default() });
            *sources.source(EMPTY, Limits { memory, ..Limits::SERVER }).identity()
        };
        assert_eq!(name(1 << 16, 1 << 20), name(1 << 20, 1 << 16));
        assert_ne!(name(1 << 16, 1 << 20), name(1 << 20, 1 << 20));
        assert_eq!(name(u32::MAX, u32::MAX), name(u32::MAX, i32::MAX as u32));
    }

    #[test]
    fn what_changes_nothing_keeps_the_name() {
        let default = EngineConfig::default;
        let name = |config| *Sources::new(config).source(EMPTY, Limits::SERVER).identity();
        assert_eq!(name(default()), name(EngineConfig { cache_size: 0, metering_limit: 1, ..default() }));
    }

    #[test]
    fn versions_machine_and_compiler_are_part_of_it() {
        let settings = settings(&EngineConfig::default());
        let target = Target::default();
        for part in [
            wasmer_types::VERSION,
            env!("CARGO_PKG_VERSION"),
            &target.triple().to_string(),
            Compiler::default().name(),
        ] {
            assert!(settings.contains(part), "{part} in {settings}");
        }
        assert!(settings.contains(&format!("{:?}", target.cpu_features())));
    }
}
