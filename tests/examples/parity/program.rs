//! Random programs: a module, and how its exports are called.

use aingle_wasm_core::engine::Value;
use arbitrary::{Result, Unstructured};
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices, Module};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, ValType};

use crate::host;

/// A module and the calls that are made of it.
#[derive(Clone, Debug)]
pub struct Program {
    pub wasm: Vec<u8>,
    pub calls: Vec<Call>,
}

/// A call of an export under a limit.
#[derive(Clone, Debug)]
pub struct Call {
    pub export: String,
    pub arguments: Vec<Value>,
    pub fuel: u64,
}

/// What a program is made of: the same seed and size give the same program, a smaller size a smaller one.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    pub number: u64,
    pub bytes: usize,
}

impl Seed {
    pub fn new(number: u64) -> Self {
        Self { number, bytes: 1024 + (mix(number) % 7168) as usize }
    }

    /// The program; none when the generator has no use for the bytes.
    pub fn program(self) -> Option<Program> {
        let mut state = self.number;
        let bytes: Vec<u8> = (0..self.bytes.div_ceil(8))
            .flat_map(|_| {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                mix(state).to_le_bytes()
            })
            .collect();
        make(&mut Unstructured::new(&bytes)).ok()
    }
}

/// The finalizer of SplitMix64.
fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

fn make(source: &mut Unstructured<'_>) -> Result<Program> {
    let (small_pages, bulk) = (source.arbitrary()?, source.arbitrary()?);
    // The calls first: the module takes all that is left.
    let mut picks = Vec::new();
    for _ in 0..source.int_in_range(3..=8)? {
        picks.push((source.arbitrary::<u8>()?, source.arbitrary::<[u64; 4]>()?, fuel(source)?));
    }
    let module = Module::new(config(small_pages, bulk), source)?.to_bytes();
    let wasm = host::granted(&module).map_err(|_| arbitrary::Error::IncorrectFormat)?;
    let exports = exports(&wasm).ok_or(arbitrary::Error::IncorrectFormat)?;
    if exports.is_empty() {
        return Err(arbitrary::Error::NotEnoughData);
    }
    let calls = picks.into_iter().map(|(pick, words, fuel)| {
        let (export, parameters) = &exports[usize::from(pick) % exports.len()];
        let words = words.iter().cycle();
        let arguments = parameters.iter().zip(words).map(|(ty, word)| value(*ty, *word)).collect();
        Call { export: export.clone(), arguments, fuel }
    });
    let calls = calls.collect();
    Ok(Program { wasm, calls })
}

/// Mostly too little, since where a run ends is what engines could differ in.
fn fuel(source: &mut Unstructured<'_>) -> Result<u64> {
    let most = *source.choose(&[20, 200, 2000, 20_000, 100_000])?;
    source.int_in_range(0..=most)
}

fn config(small_pages: bool, bulk: bool) -> Config {
    let kinds = [
        InstructionKind::NumericInt,
        InstructionKind::Numeric,
        InstructionKind::Parametric,
        InstructionKind::Variable,
        InstructionKind::Memory,
        InstructionKind::Control,
    ];
    Config {
        allow_start_export: false,
        allowed_instructions: InstructionKinds::new(&kinds),
        available_imports: Some(host::imports()),
        bulk_memory_enabled: bulk,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: small_pages,
        export_everything: true,
        max_imports: 3,
        // With segments, bulk operations are those on segments, which no guest may use.
        max_data_segments: if bulk { 0 } else { 4 },
        max_element_segments: if bulk { 0 } else { 4 },
        max_elements: 16,
        max_funcs: 12,
        max_globals: 8,
        max_instructions: 120,
        max_memories: 1,
        max_tables: 1,
        max_type_size: 60,
        max_memory32_bytes: 4 << 20,
        max_table_elements: 64,
        memory_max_size_required: false,
        memory_offset_choices: MemoryOffsetChoices(90, 9, 1),
        min_funcs: 1,
        min_exports: 1,
        min_memories: 1,
        multi_value_enabled: true,
        saturating_float_to_int_enabled: true,
        sign_extension_ops_enabled: true,
        reference_types_enabled: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// The functions that can be called from outside, with their parameters.
fn exports(wasm: &[u8]) -> Option<Vec<(String, Vec<ValType>)>> {
    let (mut types, mut functions, mut exports) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty.ok()?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) = import.ok()?.ty {
                        functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(ty.ok()?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    if export.kind == ExternalKind::Func {
                        exports.push((export.name.to_owned(), export.index));
                    }
                }
            }
            _ => {}
        }
    }
    let parameters =
        |index: u32| Some(types.get(*functions.get(index as usize)? as usize)?.params().to_vec());
    exports.into_iter().map(|(name, index)| Some((name, parameters(index)?))).collect()
}

fn value(ty: ValType, word: u64) -> Value {
    // Small numbers are likelier to be addresses and counts.
    let word = if word & 1 == 0 { word >> 1 } else { (word >> 1) & 0xff };
    match ty {
        ValType::I64 => Value::I64(word),
        ValType::F32 => Value::F32(word as u32),
        ValType::F64 => Value::F64(word),
        _ => Value::I32(word as u32),
    }
}
