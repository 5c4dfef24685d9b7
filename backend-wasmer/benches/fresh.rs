//! What a guest that remembers nothing costs: a new instance, a reset, an entry that is looked up, a call of a pool, on one
//! thread and on several.

use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use aingle_wasm_backend_wasmer::Engine;
use aingle_wasm_core::{
    engine::{self, Limits},
    guest::Guest,
    host::{Cost, Import},
    pool::Pool,
};
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut fastest = BTreeMap::new();
    for kib in [16, 64] {
        life(&mut criterion, kib, &mut fastest);
    }
    host_call(&mut criterion);
    lookup(&mut criterion);
    scaling(&mut criterion);
    // What the command line leaves out has no time.
    for (kib, [start, reset]) in fastest.into_iter().filter(|(_, times)| !times.contains(&Duration::MAX)) {
        let ratio = reset.as_secs_f64() / start.as_secs_f64();
        println!("{kib} KiB: a reset takes {reset:.2?}, {ratio:.3} of a new instance");
    }
}

/// Starts and resets a guest with so much memory.
fn life(criterion: &mut Criterion, kib: u32, fastest: &mut BTreeMap<u32, [Duration; 2]>) {
    let module = load(kib, 0);
    let mut group = criterion.benchmark_group(format!("{kib} KiB"));
    let [start, reset] = fastest.entry(kib).or_insert([Duration::MAX; 2]);
    group.bench_function("start", |bencher| {
        bencher.iter_custom(|times| {
            let run = || Guest::start(Engine::default(), module.clone(), IMPORTS, ()).expect("it starts");
            measure(times, start, run)
        });
    });
    let mut guest = Guest::start(Engine::default(), module, IMPORTS, ()).expect("it starts");
    let mut entry = guest.entry("touch").expect("it has the entry");
    guest.reset().expect("it starts anew");
    group.bench_function("reset", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    guest.call(&mut entry, b"", FUEL, |_| ()).expect("it answers");
                    measure(1, reset, || guest.reset().expect("it is put back"))
                })
                .sum()
        });
    });
    group.finish();
}

/// A call, and one that calls the host.
fn host_call(criterion: &mut Criterion) {
    let mut guest = Guest::start(Engine::default(), load(64, 0), IMPORTS, ()).expect("it starts");
    let mut group = criterion.benchmark_group("call");
    for name in ["touch", "ask"] {
        let mut entry = guest.entry(name).expect("it has the entry");
        group.bench_function(name, |bencher| {
            bencher
                .iter(|| guest.call(&mut entry, black_box(b""), FUEL, |reply| reply.map_or(0, <[u8]>::len)));
        });
    }
    group.finish();
}

/// What a pool does for each call: it looks an entry up, here of guests with that many others before it.
fn lookup(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("entry");
    for others in [0, 500] {
        let mut guest = Guest::start(Engine::default(), load(64, others), IMPORTS, ()).expect("it starts");
        group.bench_function(format!("behind {others}"), |bencher| {
            bencher.iter(|| _ = black_box(guest.entry(black_box("touch"))));
        });
    }
    group.finish();
}

/// Calls over one pool: the time is that of one call on each thread, so that it stays what it is when threads do not
/// stand in each other's way.
fn scaling(criterion: &mut Criterion) {
    let pool = Pool::new(Engine::default(), load(64, 0), IMPORTS, || ());
    let mut group = criterion.benchmark_group("pool");
    let mut rates = Vec::new();
    for threads in [1, 2] {
        let mut best = f64::MAX;
        group.bench_function(format!("{threads} threads"), |bencher| {
            bencher.iter_custom(|times| {
                let took = together(threads, times, || {
                    pool.call("touch", black_box(b""), FUEL, |_| ()).expect("it answers");
                });
                best = best.min(took.as_secs_f64() / times as f64);
                took
            });
        });
        rates.push(f64::from(threads) / best);
    }
    group.finish();
    if let [one, two] = rates[..] {
        println!("two threads make {:.2} times the calls of one", two / one);
    }
}

/// How long so many threads take to do something so many times each.
fn together(threads: u32, times: u64, run: impl Fn() + Sync) -> Duration {
    let ready = Barrier::new(threads as usize);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    // The first call of a thread starts its guest.
                    run();
                    ready.wait();
                    let started = Instant::now();
                    (0..times).for_each(|_| run());
                    started.elapsed()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).max().unwrap_or_default()
    })
}

/// Runs something so many times, and remembers its fastest run.
fn measure<R>(times: u64, fastest: &mut Duration, mut run: impl FnMut() -> R) -> Duration {
    let runs = (0..times).map(|_| {
        let started = Instant::now();
        black_box(run());
        let took = started.elapsed();
        *fastest = took.min(*fastest);
        took
    });
    runs.sum()
}

/// A guest with so much memory, which writes to all of its pages of 4 KiB, and with so many entries besides.
fn load(kib: u32, others: u32) -> <Engine as engine::Engine<()>>::Module {
    let bytes = kib << 10;
    let others: String = (0..others)
        .map(|number| format!("(func (export \"other{number}\") (param i32 i32) (result i64) (i64.const 0))"))
        .collect();
    let text = format!(
        r#"(module
            (import "env" "nothing" (func $nothing (param i32 i32) (result i64)))
            (memory (export "memory") {bytes} {bytes} (pagesize 1))
            (global (export "__aingle_abi") i32 (i32.const 64))
            (data (i32.const 64)
                "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\00\00\00")
            (global $calls (mut i32) (i32.const 0))
            {others}
            (func (export "touch") (param i32 i32) (result i64) (local $at i32)
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (local.set $at (i32.const 512))
                (loop $next
                    (i32.store (local.get $at) (global.get $calls))
                    (br_if $next (i32.lt_u
                        (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const {bytes}))))
                (i64.const 0))
            (func (export "ask") (param i32 i32) (result i64) (call $nothing (i32.const 0) (i32.const 0))))"#
    );
    let wasm = wat::parse_str(text).expect("the guest assembles");
    engine::Engine::<()>::load(&Engine::default(), &wasm, Limits::SERVER).expect("the guest loads")
}

const IMPORTS: &[Import<()>] = &[Import::new("nothing", 0, Cost::STANDARD, |_, _, _| Ok(0))];

/// Far more than any call takes.
const FUEL: u64 = 100_000;
