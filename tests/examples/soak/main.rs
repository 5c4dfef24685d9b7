//! Calls 64 guests from 8 threads for some time, with traps, host errors, panics, new pools and cache evictions among
//! them: every answer and its fuel must be right, and memory must stay flat.

#![forbid(unsafe_code)]

mod act;
mod memory;

use std::{
    panic,
    process::ExitCode,
    sync::{
        RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use aingle_wasm_backend_wasmer::{CacheFolder, Engine, EngineConfig};
use clap::Parser;

use act::{Act, Server, TALLIES};

#[derive(Parser)]
struct Arguments {
    /// For how long
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Seed of what the threads do
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Arguments { seconds, seed } = Arguments::parse();
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some(act::ON_PURPOSE) {
            told(panic);
        }
    }));
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("there is no folder for compiled modules: {error}");
            return ExitCode::FAILURE;
        }
    };
    let cache_folder = Some(CacheFolder { path: folder.path().into(), key: None });
    let engine = Engine::new(EngineConfig { cache_size: CACHE, cache_folder, ..EngineConfig::default() });
    let server = match engine.map_err(|error| error.to_string()).and_then(Server::new) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("the guests do not load: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (done, wrong) = (AtomicBool::new(false), RwLock::new(None));
    let counts = [const { AtomicU64::new(0) }; TALLIES.len()];
    let fits = thread::scope(|scope| {
        for number in 0..THREADS {
            let (server, done, wrong, counts) = (&server, &done, &wrong, &counts);
            scope.spawn(move || {
                let mut act = Act::new(server, seed.wrapping_mul(1000).wrapping_add(number));
                while !done.load(Relaxed) {
                    match act.once() {
                        Ok(tally) => _ = counts[tally].fetch_add(1, Relaxed),
                        Err(what) => {
                            done.store(true, Relaxed);
                            *wrong.write().expect("nobody panics with it") = Some(what);
                        }
                    }
                }
            });
        }
        let fits = watch(Duration::from_secs(seconds), &done, || {
            counts.iter().map(|count| count.load(Relaxed)).sum()
        });
        done.store(true, Relaxed);
        fits
    });
    for (name, count) in TALLIES.iter().zip(&counts) {
        println!("{:>12} {name}", count.load(Relaxed));
    }
    let counters = server.engine.counters();
    let engine = [
        ("resets", counters.resets),
        ("evictions", counters.cache.evicted),
        ("from the folder", counters.cache.disk_hits),
    ];
    for (name, count) in engine {
        println!("{count:>12} {name}");
    }
    let counts = TALLIES.iter().copied().zip(counts.iter().map(|count| count.load(Relaxed)));
    let never: Vec<_> = counts.chain(engine).filter(|(_, count)| *count == 0).map(|(name, _)| name).collect();
    if !never.is_empty() {
        eprintln!("wrong: there were none of these: {}", never.join(", "));
    }
    let wrong = wrong.into_inner().expect("nobody panicked with it");
    if let Some(what) = &wrong {
        eprintln!("wrong: {what}");
    }
    if wrong.is_none() && never.is_empty() && fits { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Looks at the memory of this process until the time is up; whether it stayed flat after a warm-up.
fn watch(time: Duration, done: &AtomicBool, calls: impl Fn() -> u64) -> bool {
    let started = Instant::now();
    let warm = time / 2;
    let (mut before, mut most) = (None, 0);
    while started.elapsed() < time && !done.load(Relaxed) {
        thread::sleep(Duration::from_millis(100));
        let Some(now) = memory::resident() else { continue };
        if started.elapsed() > warm {
            before.get_or_insert(now);
            most = most.max(now);
        }
    }
    println!("{:>12} calls in {:.0?}", calls(), started.elapsed());
    let Some(before) = before else {
        println!("{:>12} memory: cannot be read here", "");
        return true;
    };
    println!("{:>12} KiB after the warm-up, {} KiB at most since", before >> 10, most >> 10);
    let flat = most <= before + before / 10;
    if !flat {
        eprintln!("wrong: memory grew by more than a tenth");
    }
    flat
}

const THREADS: u64 = 8;

/// Too little for all the guests, in bytes.
const CACHE: usize = 2 << 20;
