//! What a cache holds of the process's memory, as the system sees it.
#![cfg(target_os = "linux")]

#[path = "support/mod.rs"]
mod support;

use std::fs;

use aingle_wasm_backend_wasmer::{Engine, EngineConfig};

#[test]
fn a_thousand_modules_stay_within_the_cache_size() {
    let open = |cache_size| Engine::new(EngineConfig { cache_size, ..EngineConfig::default() }).unwrap();
    // The compiler's own.
    let without = open(0);
    for number in 0..WARM_UP {
        load(&without, number);
    }
    let before = resident();
    let engine = open(CACHE_SIZE);
    let mut most = 0;
    for number in 0..MODULES {
        load(&engine, number);
        most = resident().saturating_sub(before).max(most);
    }
    let kept = MODULES - u32::try_from(engine.counters().cache.evicted).unwrap();
    eprintln!("{kept} modules are kept; the most was {most} bytes, of {CACHE_SIZE}");
    assert!(most <= CACHE_SIZE + CACHE_SIZE / 5, "{most} bytes");
    assert!(most >= CACHE_SIZE / 2, "{most} bytes");
    assert_eq!(u64::from(MODULES), engine.counters().cache.compiled);
    // The latest are there, the earliest are not.
    load(&engine, MODULES - 1);
    load(&engine, 0);
    assert_eq!(
        (engine.counters().cache.memory_hits, engine.counters().cache.compiled),
        (1, u64::from(MODULES) + 1)
    );
}

fn load(engine: &Engine, number: u32) {
    let functions = FUNCTIONS[number as usize % FUNCTIONS.len()];
    engine.compile_cached(b"", &support::guest(number, functions)).unwrap();
}

/// Bytes of memory that this process occupies.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim_end_matches("kB").trim().parse::<usize>().unwrap() << 10
}

/// Of one module after the other: from 100 bytes to 80 KB.
const FUNCTIONS: [u32; 20] = [0, 20, 5, 60, 0, 20, 5, 600, 1, 20, 10, 60, 0, 20, 5, 150, 2, 20, 10, 60];

const MODULES: u32 = 1_000;
const WARM_UP: u32 = 100;

/// Room for a third of them.
const CACHE_SIZE: usize = 48 << 20;
