//! Whole programs: six kernels of a few hundred thousand operators each.

use aingle_wasm::Target;
use aingle_wasm_core::engine::Value;
use wasmi::{CompilationMode, Config, CustomFuelCosts, Engine, Linker, Module, Store};

use crate::{Result, table::Table};

/// What a kernel took.
pub struct Kernel {
    pub name: &'static str,
    pub instructions: u64,
    result: i32,
}

/// Runs the kernels of `wasm` on `target`.
///
/// # Errors
/// They do not run there.
pub fn run(target: &mut Target, wasm: &[u8]) -> Result<Vec<Kernel>> {
    target.load(wasm, |_| ())?;
    let kernel = |&(name, argument): &(&'static str, i32)| {
        let mut call = || target.invoke(name, &[Value::I32(argument as u32)], FUEL);
        // The first call makes the engine's stack.
        call()?;
        let (results, run) = call()?;
        let Some(Value::I32(result)) = results.first().copied() else {
            return Err(format!("{name} gives no i32").into());
        };
        let instructions = target.instructions(&run).ok_or("the target counts no instructions")?;
        Ok(Kernel { name, instructions, result: result as i32 })
    };
    KERNELS.iter().map(kernel).collect()
}

/// The fuel of each kernel under `table`, counted by the chip's engine in this process.
///
/// # Errors
/// They do not run here, or give something else than on the target.
pub fn fuel(wasm: &[u8], kernels: &[Kernel], table: &Table) -> Result<Vec<u64>> {
    let bulk = CustomFuelCosts {
        bytes_copied_per_fuel: table.bytes_per_unit,
        fuel_per_bytes_translated: 0,
        fuel_per_bytes_validated: 0,
    };
    let mut config = Config::default();
    config.compilation_mode(CompilationMode::Eager).consume_fuel(true).wasm_custom_page_sizes(true);
    config.operator_cost(table.costs()).fuel_cost(bulk);
    let engine = Engine::new(&config);
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &Module::new(&engine, wasm)?)?;
    let fuel = |(kernel, (name, argument)): (&Kernel, &(&str, i32))| {
        let function = instance.get_typed_func::<i32, i32>(&store, name)?;
        store.set_fuel(FUEL)?;
        if function.call(&mut store, *argument)? != kernel.result {
            return Err(format!("{name} gives another result on the target").into());
        }
        Ok(FUEL - store.get_fuel()?)
    };
    kernels.iter().zip(KERNELS).map(fuel).collect()
}

const KERNELS: &[(&str, i32)] =
    &[("fib", 20), ("sieve", 8192), ("matmul", 16), ("crc", 4096), ("sort", 512), ("sha", 2048)];

/// Far more than any kernel takes.
const FUEL: u64 = 1_000_000_000;
