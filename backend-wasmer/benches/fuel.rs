//! What exact fuel costs: six kernels that charge themselves beside the same kernels on plain wasmer, without
//! fuel, in pages of 64 KiB. A ratio is that of the fastest runs.

mod kernels;

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use aingle_wasm_backend_wasmer::Engine;
use aingle_wasm_core::{
    engine::{Limits, Value},
    guest::Guest,
};
use aingle_wasm_fuel::{features, growth, small_memory};
use criterion::Criterion;
use wasmer::{
    Instance, Module, Store, TypedFunction, imports,
    sys::{Cranelift, EngineBuilder, Features},
};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let wasm = growth::clamp(kernels::WASM, 0).expect("they are valid");
    let mut metered =
        Guest::load(Engine::default(), &wasm, Limits::SERVER, &[], ()).expect("the kernels load");
    let mut plain = Plain::load(&wasm);
    let mut fastest = BTreeMap::new();
    for (kernel, argument) in kernels::ARGUMENTS {
        let mut group = criterion.benchmark_group(kernel);
        group.bench_function("plain", |bencher| {
            let function = plain.kernel(kernel);
            bencher.iter_custom(|times| {
                let run = || function.call(&mut plain.store, black_box(argument)).expect("it returns");
                measure(times, fastest.entry((kernel, false)).or_insert(Duration::MAX), run)
            });
        });
        group.bench_function("metered", |bencher| {
            bencher.iter_custom(|times| {
                let arguments = [Value::I32(black_box(argument))];
                let run = || metered.invoke(kernel, &arguments, kernels::FUEL).expect("it returns");
                measure(times, fastest.entry((kernel, true)).or_insert(Duration::MAX), run)
            });
        });
        group.finish();
    }
    report(&fastest);
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

/// Prints each kernel's ratio and their geometric mean, of the kernels that ran.
fn report(fastest: &BTreeMap<(&str, bool), Duration>) {
    let ratios: Vec<_> = kernels::ARGUMENTS
        .iter()
        .filter_map(|(kernel, _)| {
            let plain = fastest.get(&(*kernel, false))?.as_secs_f64();
            Some((kernel, fastest.get(&(*kernel, true))?.as_secs_f64() / plain))
        })
        .collect();
    for (kernel, ratio) in &ratios {
        println!("{kernel:<16}{ratio:.3}");
    }
    let logarithms: f64 = ratios.iter().map(|(_, ratio)| ratio.ln()).sum();
    println!("geometric mean  {:.3}", (logarithms / ratios.len() as f64).exp());
}

/// The kernels on an engine without fuel.
struct Plain {
    store: Store,
    instance: Instance,
}

impl Plain {
    fn load(wasm: &[u8]) -> Self {
        let rewritten = small_memory::rewrite(wasm).expect("it is valid");
        let mut compiler = Cranelift::default();
        compiler.canonicalize_nans(features::has_floats(wasm).expect("it is valid"));
        let mut features = Features::none();
        features.bulk_memory(true).multi_value(true).reference_types(true);
        let engine = EngineBuilder::new(compiler).set_features(Some(features)).engine();
        let mut store = Store::new(engine);
        let module = Module::new(&store, &rewritten.wasm).expect("it compiles");
        let instance = Instance::new(&mut store, &module, &imports! {}).expect("it starts");
        Self { store, instance }
    }

    fn kernel(&self, name: &str) -> TypedFunction<u32, u32> {
        self.instance.exports.get_typed_function(&self.store, name).expect("it has the kernel")
    }
}
