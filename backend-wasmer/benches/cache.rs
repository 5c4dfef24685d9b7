//! What a guest of 80 KB takes until it can be called: compiled, from the folder, and from memory. A ratio is that of
//! the fastest starts.

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aingle_wasm_backend_wasmer::{CacheFolder, Engine, EngineConfig, Module};
use aingle_wasm_core::{engine::Engine as _, error::Error, host::Host};
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let place = tempfile::tempdir().expect("there is room for a folder");
    let cold = EngineConfig { cache_size: 0, ..EngineConfig::default() };
    let folder = CacheFolder { path: place.path().into(), key: None };
    let disk = EngineConfig { cache_folder: Some(folder), ..cold.clone() };
    let cached: Load = |engine, wasm| engine.compile_cached(b"guest", wasm);
    let starts = [
        ("cold compile", cold.clone(), Engine::compile as Load),
        ("cold, into the cache", cold, cached),
        ("cached, from disk", disk, cached),
        ("cached, from memory", EngineConfig::default(), cached),
    ];
    let wasm = support::guest(0, FUNCTIONS);
    println!("a guest of {} bytes", wasm.len());
    let fastest = starts.map(|(name, config, load)| {
        let engine = Engine::new(config).expect("there is an engine for it");
        // Fills what there is to fill.
        start(&engine, &wasm, load);
        let mut fastest = Duration::MAX;
        criterion.benchmark_group("start").sample_size(20).bench_function(name, |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| timed(&engine, &wasm, load, &mut fastest)).sum());
        });
        (name, fastest)
    });
    let (_, cold) = fastest[0];
    for (name, fastest) in fastest.into_iter().filter(|(_, fastest)| *fastest < Duration::MAX) {
        let part = cold.as_secs_f64() / fastest.as_secs_f64();
        println!("{name:<26}{fastest:>12.1?}   1/{part:.0} of a cold compile");
    }
}

/// How an engine comes to a module.
type Load = fn(&Engine, &[u8]) -> Result<Module, Error>;

fn timed(engine: &Engine, wasm: &[u8], load: Load, fastest: &mut Duration) -> Duration {
    let started = Instant::now();
    start(engine, black_box(wasm), load);
    let took = started.elapsed();
    *fastest = took.min(*fastest);
    took
}

fn start(engine: &Engine, wasm: &[u8], load: Load) {
    let module = load(engine, wasm).expect("it compiles");
    black_box(engine.start(&module, &(&[]).into(), Host::new(())).expect("it starts"));
}

/// As many as make 80 KB.
const FUNCTIONS: u32 = 620;
