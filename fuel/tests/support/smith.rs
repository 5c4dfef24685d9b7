//! Random valid modules within what guests may use.

use arbitrary::Unstructured;
use wasm_encoder::{
    MemoryType,
    reencode::{Error, Reencode, utils},
};
use wasm_smith::{Config, InstructionKind::*, InstructionKinds, MemoryOffsetChoices, Module};

/// The module of a seed, the same on every machine; not every seed has one.
pub fn module(seed: u64) -> Option<Vec<u8>> {
    let mut numbers = Numbers(seed);
    let bytes: Vec<u8> = (0..1_024).flat_map(|_| numbers.next().to_le_bytes()).collect();
    let mut bytes = Unstructured::new(&bytes);
    let wasm = Module::new(config(seed), &mut bytes).ok()?.to_bytes();
    Some(if seed.is_multiple_of(4) { with_small_memory(&wasm, numbers.next() % 100_000) } else { wasm })
}

/// The module with a memory of so many pages of one byte.
fn with_small_memory(wasm: &[u8], bytes: u64) -> Vec<u8> {
    struct Small(u64);
    impl Reencode for Small {
        type Error = std::convert::Infallible;

        fn memory_type(&mut self, memory: wasmparser::MemoryType) -> Result<MemoryType, Error> {
            let memory = utils::memory_type(self, memory);
            Ok(MemoryType { minimum: self.0, maximum: Some(self.0), page_size_log2: Some(0), ..memory })
        }
    }
    let mut module = wasm_encoder::Module::new();
    Small(bytes).parse_core_module(&mut module, wasmparser::Parser::new(0), wasm).unwrap();
    module.finish()
}

/// Numbers that follow from a seed (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn config(seed: u64) -> Config {
    // With segments, bulk operations are those on segments, which no guest may use.
    let bulk = seed.is_multiple_of(2);
    Config {
        available_imports: Some(wat::parse_str(IMPORTS).unwrap()),
        allow_floats: seed.is_multiple_of(3),
        allowed_instructions: InstructionKinds::new(&[Numeric, Memory, Control, Variable, Parametric]),
        bulk_memory_enabled: bulk,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: if bulk { 0 } else { 3 },
        max_element_segments: if bulk { 0 } else { 3 },
        max_funcs: 6,
        max_globals: 4,
        max_imports: 3,
        max_instructions: 60,
        max_memory32_bytes: 3 << 16,
        max_table_elements: 20,
        max_types: 6,
        memory64_enabled: false,
        memory_offset_choices: MemoryOffsetChoices(90, 9, 1),
        min_funcs: 1,
        min_memories: 1,
        min_exports: 1,
        multi_value_enabled: seed.is_multiple_of(5),
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

const IMPORTS: &str = r#"(module
    (import "env" "same" (func (param i32) (result i32)))
    (import "env" "note" (func (param i64 f64)))
    (import "env" "none" (func)))"#;
