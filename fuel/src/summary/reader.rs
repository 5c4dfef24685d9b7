//! Gathers a summary section by section.

use wasmparser::{ExternalKind, FuncType, Payload, TypeRef, ValType};

use super::{Custom, Export, Import, Memory, Signature, Summary, Table, Type, Value};
use crate::{Error, Reason, small_memory::PAGE};

/// Index spaces that exports refer to, and the summary so far.
#[derive(Default)]
pub(super) struct Reader {
    types: Vec<Signature>,
    functions: Vec<u32>,
    globals: Vec<Type>,
    summary: Summary,
}

impl Reader {
    pub fn section(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(function(&ty?));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    let ty = self.import(import.ty, offset)?;
                    self.summary.imports.push(Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        ty,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.table(table?.ty);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memory(memory?);
                }
            }
            Payload::GlobalSection(section) => {
                for entry in section {
                    self.globals.push(global(entry?.ty));
                }
            }
            Payload::ExportSection(section) => {
                for export in section.into_iter_with_offsets() {
                    let (offset, export) = export?;
                    let ty = self.export(export.kind, export.index, offset)?;
                    let name = export.name.to_owned();
                    self.summary.exports.push(Export { name, ty });
                }
            }
            Payload::StartSection { .. } => self.summary.start = true,
            Payload::CustomSection(section) => self
                .summary
                .custom
                .push(Custom { name: section.name().to_owned(), size: section.data().len() }),
            _ => {}
        }
        Ok(())
    }

    pub fn finish(self) -> Summary {
        self.summary
    }

    fn import(&mut self, ty: TypeRef, offset: u64) -> Result<Type, Error> {
        Ok(match ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                self.functions.push(ty);
                Type::Function(self.signature(ty, offset)?)
            }
            TypeRef::Table(ty) => {
                self.table(ty);
                Type::Table
            }
            TypeRef::Memory(ty) => {
                self.memory(ty);
                Type::Memory
            }
            TypeRef::Global(ty) => {
                self.globals.push(global(ty));
                global(ty)
            }
            TypeRef::Tag(_) => Type::Tag,
        })
    }

    fn export(&self, kind: ExternalKind, index: u32, offset: u64) -> Result<Type, Error> {
        Ok(match kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                let ty = self.functions.get(index as usize);
                Type::Function(self.signature(*ty.ok_or_else(|| missing(offset))?, offset)?)
            }
            ExternalKind::Global => {
                let ty = self.globals.get(index as usize);
                ty.ok_or_else(|| missing(offset))?.clone()
            }
            ExternalKind::Table => Type::Table,
            ExternalKind::Memory => Type::Memory,
            ExternalKind::Tag => Type::Tag,
        })
    }

    fn signature(&self, ty: u32, offset: u64) -> Result<Signature, Error> {
        let signature = self.types.get(ty as usize);
        signature.cloned().ok_or_else(|| missing(offset))
    }

    fn table(&mut self, ty: wasmparser::TableType) {
        self.summary.tables.push(Table { minimum: ty.initial, maximum: ty.maximum });
    }

    fn memory(&mut self, ty: wasmparser::MemoryType) {
        let page = match ty.page_size_log2 {
            Some(log2) => 1_u32.checked_shl(log2).unwrap_or(PAGE),
            None => PAGE,
        };
        let bytes = |pages: u64| pages.saturating_mul(u64::from(page));
        self.summary.memory.get_or_insert(Memory {
            minimum: bytes(ty.initial),
            maximum: ty.maximum.map(bytes),
            page,
        });
    }
}

fn missing(offset: u64) -> Error {
    let sentence = "it refers to something that is not there".to_owned();
    Error::new(offset, Reason::Invalid(sentence))
}

fn function(ty: &FuncType) -> Signature {
    let values = |types: &[ValType]| types.iter().copied().map(value).collect();
    Signature { parameters: values(ty.params()), results: values(ty.results()) }
}

fn global(ty: wasmparser::GlobalType) -> Type {
    Type::Global { value: value(ty.content_type), mutable: ty.mutable }
}

fn value(ty: ValType) -> Value {
    match ty {
        ValType::I32 => Value::I32,
        ValType::I64 => Value::I64,
        ValType::F32 => Value::F32,
        ValType::F64 => Value::F64,
        ValType::V128 => Value::V128,
        ValType::Ref(_) => Value::Reference,
    }
}
