//! What a call costs: a request in, its reply borrowed.

use std::hint::black_box;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{engine::Limits, guest::Guest};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn echo(criterion: &mut Criterion) {
    let wasm = wat::parse_str(include_str!("echo.wat")).expect("the guest assembles");
    let mut guest = Guest::load(Engine::default(), &wasm, Limits::SERVER, &[], ()).expect("the guest loads");
    let mut entry = guest.entry("echo").expect("the entry is there");
    let mut group = criterion.benchmark_group("echo on wasmi");
    for len in [64, 1 << 10] {
        let request = vec![7; len];
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(format!("guest/{len}"), |bencher| {
            bencher.iter(|| {
                guest.call(&mut entry, black_box(&request), FUEL, |reply| {
                    black_box(reply).map_or(0, <[u8]>::len)
                })
            });
        });
    }
}

const FUEL: u64 = 10_000;

criterion_group!(benches, echo);
criterion_main!(benches);
