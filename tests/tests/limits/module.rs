//! A module that is as large as a profile allows.

use aingle_wasm_core::abi;
use aingle_wasm_fuel::Profile;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, InstructionSink, MemorySection,
    MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};

/// What a memory of 64 KiB consists of.
#[derive(Clone, Copy)]
pub enum Pages {
    /// One that there may be two of.
    Large,
    /// Pages of a byte, which lowering moves.
    Bytes,
}

/// What holds exactly what `profile` allows: its exports, named `name` and a number, are one entry, but for two.
pub fn module(profile: &Profile, pages: Pages, name: &str) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 2], [ValType::I64]);
    types
        .ty()
        .function(vec![ValType::I32; profile.parameters.into()], vec![ValType::I64; profile.results.into()]);
    for _ in 2..profile.types {
        types.ty().function([], []);
    }
    let mut functions = FunctionSection::new();
    functions.function(ENTRY).function(WIDE).function(NARROW);
    let mut code = CodeSection::new();
    code.function(&entry(profile)).function(&wide(profile)).function(&narrow());
    for _ in 3..profile.functions {
        functions.function(ENTRY);
        let mut function = Function::new([]);
        function.instructions().i64_const(1).end();
        code.function(&function);
    }
    let mut tables = TableSection::new();
    let element_type = RefType::FUNCREF;
    let elements = u64::from(profile.table);
    tables.table(TableType { element_type, table64: false, minimum: elements, maximum: None, shared: false });
    let mut memories = MemorySection::new();
    let (minimum, maximum, page_size_log2) = match pages {
        Pages::Large => (1, 2, None),
        Pages::Bytes => (1 << 16, 1 << 16, Some(0)),
    };
    memories.memory(MemoryType {
        minimum,
        maximum: Some(maximum),
        memory64: false,
        shared: false,
        page_size_log2,
    });
    let mut globals = GlobalSection::new();
    let constant = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
    globals.global(constant, &ConstExpr::i32_const(RECORD_PLACE));
    for _ in 1..profile.globals {
        globals.global(
            GlobalType { val_type: ValType::I64, mutable: true, shared: false },
            &ConstExpr::i64_const(7),
        );
    }
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0).export(abi::RECORD, ExportKind::Global, 0);
    for number in 2..profile.exports {
        exports.export(&format!("{name}{number:04}"), ExportKind::Func, 0);
    }
    let mut segments = ElementSection::new();
    for _ in 0..profile.elements {
        segments.active(None, &ConstExpr::i32_const(0), Elements::Functions(vec![0].into()));
    }
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(RECORD_PLACE), *RECORD);
    for place in 1..profile.data {
        data.active(0, &ConstExpr::i32_const(place.into()), [1]);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables).section(&memories).section(&globals);
    module.section(&exports).section(&segments).section(&code).section(&data);
    filled(module, profile.module)
}

/// Puts a custom section at the end of what is smaller, so that there are so many bytes.
fn filled(mut module: Module, bytes: u32) -> Vec<u8> {
    let Some(lacks) = (bytes as usize).checked_sub(module.len()) else { return module.finish() };
    let custom = |len| CustomSection { name: "".into(), data: vec![0; len].into() };
    // Its length and an empty name take what they take.
    let takes = (1..8).find(|&takes| {
        let mut tried = Module::new();
        lacks >= takes && tried.section(&custom(lacks - takes)).len() - Module::new().len() == lacks
    });
    module.section(&custom(lacks - takes.expect("a length of four bytes or less")));
    module.finish()
}

/// Answers nothing, after every operator whose number is limited.
fn entry(profile: &Profile) -> Function {
    let mut function = Function::new([(u32::from(profile.locals) - 2, ValType::I32)]);
    let mut code = function.instructions();
    for local in 2..u32::from(profile.locals) {
        code.local_get(local - 1).local_set(local);
    }
    for _ in 0..profile.operands {
        code.local_get(0);
    }
    for _ in 0..profile.operands {
        code.drop();
    }
    for _ in 0..profile.nesting {
        code.block(BlockType::Empty);
    }
    let targets: Vec<_> =
        (0..u32::from(profile.targets)).map(|target| target % u32::from(profile.nesting)).collect();
    code.local_get(1).br_table(targets, 0);
    for _ in 0..profile.nesting {
        code.end();
    }
    call_wide(&mut code, profile);
    tangle(&mut code, profile);
    code.i32_const(0).local_get(0).i32_const(1).memory_fill(0);
    code.local_get(0).i32_eqz().memory_grow(0).drop();
    code.i64_const(0).return_();
    fill(&mut function, profile.body as usize);
    function.instructions().end();
    function
}

/// Makes what is less complex as complex as it may be: by branches, and by calls of what is wide.
fn tangle(code: &mut InstructionSink<'_>, profile: &Profile) {
    let wide = u32::from(profile.parameters) + u32::from(profile.results);
    let control = 32 + u32::from(profile.locals);
    let so_far = wide + control * u32::from(profile.nesting + profile.targets + 1);
    let Some(lacks) = profile.complexity.checked_sub(so_far) else { return };
    code.block(BlockType::Empty);
    for _ in 1..lacks / control {
        code.local_get(1).br_if(0);
    }
    code.end();
    for _ in 0..lacks % control / wide {
        call_wide(code, profile);
    }
}

fn call_wide(code: &mut InstructionSink<'_>, profile: &Profile) {
    for _ in 0..profile.parameters {
        code.local_get(0);
    }
    code.call(WIDE);
    for _ in 0..profile.results {
        code.drop();
    }
}

/// Makes a body that is shorter so many bytes long with its end, by what grows most when it is lowered and is not
/// complex: calls. Nothing leads to them, so that no compiler has to do with them.
fn fill(function: &mut Function, bytes: usize) {
    const CALL: usize = 2;
    let room = bytes.saturating_sub(1);
    for _ in 0..room.saturating_sub(function.byte_len()) / CALL {
        function.instructions().call(NARROW);
    }
    for _ in function.byte_len()..room {
        function.instructions().nop();
    }
}

fn wide(profile: &Profile) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    for _ in 0..profile.results {
        code.i64_const(1);
    }
    code.end();
    function
}

fn narrow() -> Function {
    let mut function = Function::new([]);
    function.instructions().end();
    function
}

/// The entry and its type.
const ENTRY: u32 = 0;

/// The function that has many parameters and results, and its type.
const WIDE: u32 = 1;

/// The function that has none, and its type.
const NARROW: u32 = 2;

/// Magic, version 1, no inbox, no area for replies, depth 0, and how large the memory is.
const RECORD: &[u8; 32] = b"AIGL\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0";

const RECORD_PLACE: i32 = 1024;
