//! What a compiled module depends on, as one hash.

use aingle_wasm_core::engine::Limits;
use blake3::{Hash, Hasher};
use wasmer::sys::Target;

use super::FORMAT;
use crate::{EngineConfig, compile::compiler};

/// Names the modules that one configuration compiles on this machine: two that may differ have different names.
#[derive(Clone, Debug)]
pub(super) struct Identities {
    settings: Hasher,
}

impl Identities {
    pub(super) fn new(config: &EngineConfig) -> Self {
        let mut hasher = Hasher::new_derive_key(CONTEXT);
        field(&mut hasher, settings(config).as_bytes());
        Self { settings: hasher }
    }

    pub(super) fn of(&self, wasm: &[u8], limits: Limits) -> Hash {
        let mut hasher = self.settings.clone();
        field(&mut hasher, format!("{limits:?}").as_bytes());
        field(&mut hasher, wasm);
        hasher.finalize()
    }
}

/// A field's length keeps it apart from the next.
fn field(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
}

/// All but the guest and its limits, as `Debug` writes it: that keeps every field of every part.
fn settings(config: &EngineConfig) -> String {
    let EngineConfig {
        canonicalize_nans,
        static_memory_bound,
        call_depth,
        spec,
        profile,
        // These decide nothing about the code: limits are given for each module.
        metering_limit: _,
        memory_limit: _,
        cache_size: _,
        cache_folder: _,
    } = config;
    let versions = (FORMAT, env!("CARGO_PKG_VERSION"), wasmer_types::VERSION);
    let target = Target::default();
    let machine = (target.triple().to_string(), target.cpu_features());
    let compiler = compiler(EMPTY, config).ok().map(|engine| engine.deterministic_id());
    let rest = (canonicalize_nans, static_memory_bound, call_depth, spec.hash(), profile);
    format!("{:?}", (versions, machine, compiler, rest))
}

/// Keeps these hashes apart from all others.
const CONTEXT: &str = "aingle-wasm 2026-11 identity of a compiled module";

/// A module without floats, like most.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use aingle_wasm_fuel::{Profile, spec::Spec};

    use super::*;

    #[test]
    fn whatever_changes_the_code_changes_the_name() {
        const DEAR_ADDITION: Spec = Spec::V1.with_cost(0x6a, 9);
        let default = EngineConfig::default;
        let configs = [
            default(),
            EngineConfig { canonicalize_nans: false, ..default() },
            EngineConfig { static_memory_bound: 1, ..default() },
            EngineConfig { call_depth: 100, ..default() },
            EngineConfig { spec: &DEAR_ADDITION, ..default() },
            EngineConfig { profile: &Profile::SERVER, ..default() },
        ];
        let limits = [Limits::SERVER, Limits { memory: 1 << 20, ..Limits::SERVER }, Limits::CHIP];
        let mut names = HashSet::new();
        for config in &configs {
            let identities = Identities::new(config);
            for limits in limits {
                for wasm in [EMPTY, b"", b"\0"] {
                    assert!(names.insert(identities.of(wasm, limits)), "{config:?}, {limits:?}, {wasm:?}");
                }
            }
        }
    }

    #[test]
    fn what_changes_nothing_keeps_the_name() {
        let default = EngineConfig::default;
        let name = |config| Identities::new(&config).of(EMPTY, Limits::SERVER);
        assert_eq!(name(default()), name(EngineConfig { cache_size: 0, metering_limit: 1, ..default() }));
    }

    #[test]
    fn versions_machine_and_compiler_are_part_of_it() {
        let settings = settings(&EngineConfig::default());
        let target = Target::default();
        for part in
            [wasmer_types::VERSION, env!("CARGO_PKG_VERSION"), &target.triple().to_string(), "cranelift"]
        {
            assert!(settings.contains(part), "{part} in {settings}");
        }
        assert!(settings.contains(&format!("{:?}", target.cpu_features())));
    }
}
