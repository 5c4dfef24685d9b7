//! wasmi as the backend sets it up, with its fuel and without.

use alloc::vec::Vec;

use aingle_wasm_fuel::{for_each_operator, spec::Spec};
use wasmi::{
    CompilationMode, Config, CustomFuelCosts, Engine, Error, Extern, ExternType, Func, Instance, Module,
    OperatorCost, Store,
};

/// An engine for one guest.
pub fn new(metered: bool) -> Engine {
    let mut config = Config::default();
    config
        .compilation_mode(CompilationMode::Eager)
        .consume_fuel(metered)
        .operator_cost(operators(&Spec::V1))
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: Spec::V1.bytes_per_unit().into(),
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        .ignore_custom_sections(true)
        .wasm_custom_page_sizes(true)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .allow_start_fn(false)
        .set_max_recursion_depth(Spec::V1.depth() as usize);
    Engine::new(&config)
}

/// Starts a guest whose host functions do nothing.
///
/// # Errors
/// It imports something else, or wasmi does not start it.
pub fn start(module: &Module) -> Result<(Store<()>, Instance), Error> {
    let mut store = Store::new(module.engine(), ());
    let mut externs = Vec::new();
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { return Err(Error::new("no function")) };
        externs.push(Extern::Func(Func::new(&mut store, ty.clone(), |_, _, _| Ok(()))));
    }
    let instance = Instance::new(&mut store, module, &externs)?;
    Ok((store, instance))
}

fn operators(spec: &Spec) -> OperatorCost {
    let mut costs = OperatorCost::default();
    macro_rules! fill {
        ($($opcode:literal $variant:ident $name:ident)*) => { $(costs.$name = spec.cost($opcode);)* };
    }
    for_each_operator!(fill);
    costs
}
