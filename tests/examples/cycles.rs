//! Loads a guest, calls it and lets it go, a million times on each engine: afterwards the process holds what it held.
//!
//! wasmi translates each module anew. wasmer has no room to keep one in memory, so that it maps and unmaps the code of
//! each, from a folder.

#![forbid(unsafe_code)]

#[path = "soak/memory.rs"]
mod memory;

use std::{alloc::System, error::Error, process::ExitCode, time::Instant};

use aingle_wasm_backend_wasmer::{CacheFolder, EngineConfig};
use aingle_wasm_core::{
    engine::{Engine, Limits},
    error::{self, Trap},
    guest::Guest,
};
use aingle_wasm_tests::{IMPORTS, Probe, guests};
use clap::Parser;
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[derive(Parser)]
struct Arguments {
    /// How many guests come and go
    #[arg(long, default_value_t = 1_000_000)]
    cycles: u64,
    /// On this engine alone, `wasmi` or `wasmer`
    #[arg(long)]
    on: Option<String>,
}

fn main() -> ExitCode {
    let Arguments { cycles, on } = Arguments::parse();
    let wanted = |name| on.as_ref().is_none_or(|on| on == name);
    let wasmi = || go_through("wasmi", aingle_wasm_backend_wasmi::Engine::default(), cycles);
    let wasmer = || {
        let folder = tempfile::tempdir()?;
        let cache_folder = Some(CacheFolder { path: folder.path().into(), key: None });
        let config = EngineConfig { cache_size: 0, cache_folder, ..EngineConfig::default() };
        go_through("wasmer", aingle_wasm_backend_wasmer::Engine::new(config)?, cycles)
    };
    let mut ran = 0;
    for (name, run) in [("wasmi", &wasmi as &dyn Fn() -> Result<(), Box<dyn Error>>), ("wasmer", &wasmer)] {
        if wanted(name) {
            if let Err(error) = run() {
                eprintln!("wrong: on {name}: {error}");
                return ExitCode::FAILURE;
            }
            ran += 1;
        }
    }
    if ran > 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!("an engine is `wasmi` or `wasmer`");
    ExitCode::FAILURE
}

/// # Errors
/// What a guest did wrong, or what it left.
fn go_through<E: Engine<Probe> + Clone>(name: &str, engine: E, cycles: u64) -> Result<(), Box<dyn Error>> {
    // What is made once is made now.
    for _ in 0..WARM_UP {
        come_and_go(&engine)?;
    }
    let (before, resident, started) = (held(), memory::resident(), Instant::now());
    let mut most = before;
    for cycle in 1..=cycles {
        come_and_go(&engine)?;
        if cycle % ROUND == 0 || cycle == cycles {
            most = most.max(held());
        }
    }
    let kib =
        |resident: Option<u64>| resident.map_or_else(|| "?".to_owned(), |bytes| (bytes >> 10).to_string());
    println!(
        "{name}: {cycles} guests came and went in {:.0?}; heap {before} bytes before, {most} at most; resident {} KiB \
         before, {} KiB now",
        started.elapsed(),
        kib(resident),
        kib(memory::resident()),
    );
    if most > before + SLACK {
        return Err(format!("{} bytes of heap are held that were not before", most - before).into());
    }
    match resident.zip(memory::resident()) {
        Some((before, now)) if now > before + before / 10 => Err("memory grew by more than a tenth".into()),
        _ => Ok(()),
    }
}

/// One guest: an answer, a trap, another answer.
fn come_and_go<E: Engine<Probe> + Clone>(engine: &E) -> Result<(), Box<dyn Error>> {
    let mut guest = Guest::load(engine.clone(), guests::OURS, LIMITS, IMPORTS, Probe::default())?;
    let mut ask = guest.entry("ask")?;
    let mut crash = guest.entry("crash")?;
    if !guest.call(&mut ask, b"hello", FUEL, |reply| reply == Ok(b"hello"))? {
        return Err("an answer is wrong".into());
    }
    match guest.call(&mut crash, b"", FUEL, |_| ()) {
        Err(error::Error::Trap(Trap::Unreachable)) => (),
        _ => return Err("a guest does not trap".into()),
    }
    if !guest.call(&mut ask, b"hello", FUEL, |reply| reply == Ok(b"hello"))? {
        return Err("an answer after a trap is wrong".into());
    }
    Ok(())
}

/// Bytes of heap that are in use.
fn held() -> usize {
    let Stats { bytes_allocated, bytes_deallocated, .. } = HEAP.stats();
    bytes_allocated.saturating_sub(bytes_deallocated)
}

/// Guests that come and go before it counts.
const WARM_UP: u64 = 1000;

/// Guests between two looks at the heap.
const ROUND: u64 = 100;

/// What an engine's threads may hold at any moment, in bytes.
const SLACK: usize = 64 << 10;

const LIMITS: Limits = Limits { module: 16 << 10, memory: 64 << 10 };

/// More than a call takes.
const FUEL: u64 = 100_000;
