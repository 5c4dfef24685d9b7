//! How wasmi is set up: the same on every machine, so that a guest meets the same rules everywhere.

use wasmi::{CompilationMode, Config, EnforcedLimits};

/// What a guest's value stack takes from the start, in bytes.
pub const MIN_STACK: usize = 512;

/// What a guest's value stack may grow to, in bytes; beyond it is a
/// [`StackOverflow`](aingle_wasm_core::error::Trap::StackOverflow). It is memory of the host's heap.
pub const MAX_STACK: usize = 4096;

/// How deep a guest's calls may nest, in frames; beyond it is a
/// [`StackOverflow`](aingle_wasm_core::error::Trap::StackOverflow).
pub const MAX_DEPTH: usize = 64;

/// Stacks kept for the next call: one for the entry, and one for the guest's allocator that a host call may
/// run in the middle of it. With fewer, each such call would allocate.
const CACHED_STACKS: usize = 2;

/// Every guest has an engine of its own, since an engine frees nothing until it is dropped.
pub(crate) fn engine() -> wasmi::Engine {
    let mut config = Config::default();
    config
        // Lazy translation would charge fuel and allocate in a call.
        .compilation_mode(CompilationMode::Eager)
        .consume_fuel(true)
        // Else names and debug information are copied to the heap.
        .ignore_custom_sections(true)
        .wasm_custom_page_sizes(true)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .allow_start_fn(false)
        .enforced_limits(EnforcedLimits::strict())
        .set_max_stack_height(MAX_STACK)
        .set_min_stack_height(MIN_STACK)
        .set_max_recursion_depth(MAX_DEPTH)
        .set_max_cached_stacks(CACHED_STACKS);
    wasmi::Engine::new(&config)
}
