//! How wasmi is set up: the same on every machine, so that a guest meets the same rules everywhere.

use aingle_wasm_fuel::{for_each_operator, spec::Spec};
use wasmi::{CompilationMode, Config, CustomFuelCosts, OperatorCost};

/// What a guest's value stack takes from the start, in bytes.
pub const MIN_STACK: usize = 512;

/// What a guest's value stack may grow to, in bytes: more than the deepest nesting of the largest frames takes, so
/// that the depth limit always comes first. It is memory of the host's heap, taken as it is needed.
pub const MAX_STACK: usize = 64 << 20;

/// Stacks kept for the next call: one for the entry, and one for the guest's allocator that a host call may
/// run in the middle of it. With fewer, each such call would allocate.
const CACHED_STACKS: usize = 2;

/// Every guest has an engine of its own, since an engine frees nothing until it is dropped.
pub(crate) fn engine(spec: &Spec) -> wasmi::Engine {
    wasmi::Engine::new(&config(spec))
}

/// How wasmi is set up to charge by `spec`: for whoever measures what that takes.
pub fn config(spec: &Spec) -> Config {
    let mut config = Config::default();
    config
        // Lazy translation would charge fuel and allocate in a call.
        .compilation_mode(CompilationMode::Eager)
        .consume_fuel(true)
        .operator_cost(operators(spec))
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: spec.bytes_per_unit(),
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        // Else names and debug information are copied to the heap.
        .ignore_custom_sections(true)
        .wasm_custom_page_sizes(true)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .allow_start_fn(false)
        .set_max_stack_height(MAX_STACK)
        .set_min_stack_height(MIN_STACK)
        .set_max_recursion_depth(spec.depth() as usize)
        .set_max_cached_stacks(CACHED_STACKS);
    config
}

fn operators(spec: &Spec) -> OperatorCost {
    let mut costs = OperatorCost::default();
    macro_rules! fill {
        ($($opcode:literal $variant:ident $name:ident)*) => { $(costs.$name = spec.cost($opcode);)* };
    }
    for_each_operator!(fill);
    costs
}
