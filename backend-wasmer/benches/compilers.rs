//! The compilers of this build beside each other: how long each takes, and how fast its code is. Times are those of
//! the fastest runs, ratios are to the first compiler.

mod kernels;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aingle_wasm_backend_wasmer::{Compiler, Engine, EngineConfig};
use aingle_wasm_core::{
    engine::{Limits, Value},
    guest::Guest,
    host,
    log::Log,
};
use aingle_wasm_fuel::growth;

fn main() {
    let engines: Vec<_> = Compiler::there().map(engine).collect();
    let kernels = growth::clamp(kernels::WASM, 0).expect("they are valid");
    print!("{:<24}", "");
    Compiler::there().for_each(|compiler| print!("{:>24}", compiler.name()));
    println!();
    for (name, wasm) in [("the kernels", &*kernels), ("a guest of 39 KB", PREDECESSOR)] {
        let compile = |engine: &Engine| drop(black_box(load(engine, wasm)));
        print(&format!("compile {name}"), &fastest(&mut engines.clone(), 5, |engine| compile(engine)));
    }
    let mut guests: Vec<_> = engines.iter().map(|engine| load(engine, &kernels)).collect();
    let mut logarithms = vec![0.; guests.len()];
    for (kernel, argument) in kernels::ARGUMENTS {
        let arguments = [Value::I32(argument)];
        let times = fastest(&mut guests, 300, |guest| {
            black_box(guest.invoke(kernel, black_box(&arguments), kernels::FUEL).expect("it returns"));
        });
        print(kernel, &times);
        for (sum, time) in logarithms.iter_mut().zip(&times) {
            *sum += ratio(*time, times[0]).ln();
        }
    }
    print!("{:<24}", "geometric mean");
    logarithms.iter().for_each(|sum| print!("{:>24.3}", (sum / kernels::ARGUMENTS.len() as f64).exp()));
    println!();
}

fn engine(compiler: Compiler) -> Engine {
    Engine::new(EngineConfig { compiler, ..EngineConfig::default() }).expect("its feature is on")
}

fn load(engine: &Engine, wasm: &[u8]) -> Guest<Engine, Log> {
    Guest::load(engine.clone(), wasm, Limits::SERVER, host::standard(), Log::new()).expect("it loads")
}

/// The fastest of so many runs on each, in turns, so that what else the machine does meets all of them.
fn fastest<T>(on: &mut [T], times: usize, mut run: impl FnMut(&mut T)) -> Vec<Duration> {
    let mut fastest = vec![Duration::MAX; on.len()];
    for _ in 0..times {
        for (on, fastest) in on.iter_mut().zip(&mut fastest) {
            let started = Instant::now();
            run(on);
            *fastest = started.elapsed().min(*fastest);
        }
    }
    fastest
}

fn print(what: &str, times: &[Duration]) {
    print!("{what:<24}");
    for time in times {
        print!("{:>14.2?} ({:>7.3})", time, ratio(*time, times[0]));
    }
    println!();
}

fn ratio(time: Duration, to: Duration) -> f64 {
    time.as_secs_f64() / to.as_secs_f64()
}

/// A real guest.
const PREDECESSOR: &[u8] = include_bytes!("../../tests/data/predecessor.wasm");
