//! Runs guests on wasmi, metered by the fuel table.

#![allow(dead_code, reason = "each test binary uses its part")]

use aingle_wasm_fuel::spec::Spec;
use wasmi::{
    CompilationMode, Config, CustomFuelCosts, Engine, Linker, Module, OperatorCost, Store, StoreLimits,
    StoreLimitsBuilder, TrapCode, Val,
};

/// What a call gave: its results' bits, or why it stopped.
pub type Outcome = Result<Vec<u64>, TrapCode>;

/// The fuel table without the price of the way through a local.
pub const WITHOUT_LOCALS: Spec = Spec::V1.with_cost(0x20, 0).with_cost(0x21, 0);

/// An engine that charges by `spec`; one that meters nothing when there is none.
pub fn engine(spec: Option<&Spec>) -> Engine {
    let mut config = Config::default();
    config.compilation_mode(CompilationMode::Eager).wasm_custom_page_sizes(true).consume_fuel(spec.is_some());
    config.set_max_recursion_depth(64);
    if let Some(spec) = spec {
        config.operator_cost(table(spec)).fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: spec.bytes_per_unit(),
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        });
    }
    Engine::new(&config)
}

fn table(spec: &Spec) -> OperatorCost {
    macro_rules! fill {
        ($($opcode:literal $variant:ident $name:ident)*) => {
            OperatorCost { $($name: spec.cost($opcode),)* ..OperatorCost::default() }
        };
    }
    aingle_wasm_fuel::for_each_operator!(fill)
}

/// Calls the export `run` with a parameter 0, and says what it gave and the fuel that it used.
pub fn run(text: &str, spec: &Spec) -> (Outcome, u64) {
    run_wasm(&wat::parse_str(text).unwrap(), spec)
}

/// Calls the export `run` with a parameter 0, and says what it gave and the fuel that it used.
pub fn run_wasm(wasm: &[u8], spec: &Spec) -> (Outcome, u64) {
    const FUEL: u64 = 1_000_000;
    let engine = engine(Some(spec));
    let module = Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, StoreLimits::default());
    store.set_fuel(FUEL).unwrap();
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
    let run = instance.get_func(&store, "run").unwrap();
    let mut results = vec![Val::I32(0); run.ty(&store).results().len()];
    let outcome = run.call(&mut store, &[Val::I32(0)], &mut results);
    let outcome = outcome.map(|()| results.iter().map(bits).collect());
    let outcome = outcome.map_err(|error| error.as_trap_code().unwrap());
    (outcome, FUEL - store.get_fuel().unwrap())
}

/// Limits of what a generated guest may take.
pub fn limits() -> StoreLimits {
    StoreLimitsBuilder::new().memory_size(1 << 24).table_elements(10_000).build()
}

/// A value's bits.
pub fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        Val::F32(value) => u64::from(value.to_bits()),
        Val::F64(value) => value.to_bits(),
        _ => panic!("not a number"),
    }
}
