//! What a call costs beside the same call written by hand on plain wasmer, without fuel and without checks
//! of ours: one entry, one copy in, the reply borrowed.

use std::hint::black_box;

use aingle_wasm_backend_wasmer::Engine;
use aingle_wasm_core::{engine::Limits, guest::Guest};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wasmer::{Instance, Memory, Module, Store, TypedFunction, WasmSlice, imports, sys::Cranelift};

fn echo(criterion: &mut Criterion) {
    let wasm = wat::parse_str(include_str!("echo.wat")).expect("the guest assembles");
    let mut guest = Guest::load(Engine::default(), &wasm, Limits::SERVER, &[], ()).expect("the guest loads");
    let mut entry = guest.entry("echo").expect("the entry is there");
    let mut hand = ByHand::load(&wasm);
    let mut group = criterion.benchmark_group("echo on wasmer");
    for len in [64, 1 << 10, 64 << 10, 1 << 20] {
        let request = vec![7; len];
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(format!("by hand/{len}"), |bencher| {
            bencher.iter(|| hand.call(black_box(&request), |reply| black_box(reply).len()));
        });
        group.bench_function(format!("guest/{len}"), |bencher| {
            bencher.iter(|| {
                guest.call(&mut entry, black_box(&request), FUEL, |reply| {
                    black_box(reply).map_or(0, <[u8]>::len)
                })
            });
        });
    }
}

struct ByHand {
    store: Store,
    memory: Memory,
    entry: TypedFunction<(u32, u32), u64>,
}

impl ByHand {
    fn load(wasm: &[u8]) -> Self {
        let mut store = Store::new(Cranelift::default());
        let module = Module::new(&store, wasm).expect("the guest compiles");
        let instance = Instance::new(&mut store, &module, &imports! {}).expect("the guest starts");
        let memory = instance.exports.get_memory("memory").expect("it has a memory").clone();
        let entry = instance.exports.get_typed_function(&store, "echo").expect("it has the entry");
        Self { store, memory, entry }
    }

    fn call<R>(&mut self, request: &[u8], reply: impl FnOnce(&[u8]) -> R) -> R {
        let len = HEADER + request.len() as u64;
        {
            let view = self.memory.view(&self.store);
            let room = WasmSlice::new(&view, INBOX + HEADER, request.len() as u64).expect("it is in memory");
            room.access().expect("it is in memory").copy_from_slice(request);
        }
        let packed = self.entry.call(&mut self.store, INBOX as u32, len as u32).expect("it returns");
        let view = self.memory.view(&self.store);
        let bytes = WasmSlice::new(&view, packed >> 32, packed & 0xffff_ffff).expect("it is in memory");
        let bytes = bytes.access().expect("it is in memory");
        reply(bytes.as_ref())
    }
}

const INBOX: u64 = 0x1_0000 - HEADER;
const HEADER: u64 = 12;
const FUEL: u64 = 1000;

criterion_group!(benches, echo);
criterion_main!(benches);
