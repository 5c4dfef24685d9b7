//! Gives a random module a host to call: the record by which a host knows a guest of ours, with an area for the
//! host's replies, and functions between the guest and its imports that keep requests short and near.

use std::convert::Infallible;

use aingle_wasm_core::abi;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, MemoryType, Module, SectionId, ValType,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{Parser, Payload, TypeRef};

/// A module with the imports that a random module may choose from.
pub fn imports() -> Vec<u8> {
    let text = r#"(module
        (import "env" "__my_host_fn" (func (param i32 i32) (result i64)))
        (import "env" "__aingle_log" (func (param i32 i32) (result i64))))"#;
    wat::parse_str(text).unwrap_or_default()
}

/// The module with record, reply area and functions.
pub fn granted(wasm: &[u8]) -> Result<Vec<u8>, Error<Infallible>> {
    let mut granting = Granting::read(wasm)?;
    let mut module = Module::new();
    granting.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

#[derive(Default)]
struct Granting {
    /// Types of the imported functions.
    imported: Vec<u32>,
    defined: u32,
    globals: u32,
    /// Whether there is room for the record.
    roomy: bool,
    has: Sections,
}

/// Sections to which something is added.
#[derive(Default)]
struct Sections {
    globals: bool,
    data: bool,
}

impl Granting {
    fn read(wasm: &[u8]) -> Result<Self, Error<Infallible>> {
        let mut granting = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) = import?.ty {
                            granting.imported.push(ty);
                        }
                    }
                }
                Payload::FunctionSection(section) => granting.defined = section.count(),
                Payload::GlobalSection(section) => {
                    granting.globals = section.count();
                    granting.has.globals = true;
                }
                Payload::DataSection(_) => granting.has.data = true,
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        let page = memory.page_size_log2.unwrap_or(16);
                        granting.roomy = memory.initial << page >= u64::from(RECORD + AREA);
                    }
                }
                _ => {}
            }
        }
        Ok(granting)
    }
}

impl Granting {
    /// The address of the record.
    fn add_global(&self, globals: &mut GlobalSection) {
        if self.roomy {
            let ty = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
            globals.global(ty, &ConstExpr::i32_const(0));
        }
    }

    /// The record.
    fn add_data(&self, data: &mut DataSection) {
        if self.roomy {
            // No inbox; replies behind the record.
            let words = [u32::from_le_bytes(*b"AIGL"), abi::VERSION, 0, 0, RECORD, AREA, 0, 0];
            data.active(0, &ConstExpr::i32_const(0), words.map(u32::to_le_bytes).concat());
        }
    }
}

impl Reencode for Granting {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        let imported = self.imported.len() as u32;
        Ok(if index < imported { imported + self.defined + index } else { index })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_function_section(self, functions, section)?;
        for ty in &self.imported {
            functions.function(*ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_code_section(self, code, section)?;
        for import in 0..self.imported.len() as u32 {
            let mut function = Function::new([]);
            let mut body = function.instructions();
            body.local_get(0).i32_const(0x1ff).i32_and();
            body.local_get(1).i32_const(0x3f).i32_and();
            body.call(import).end();
            code.function(&function);
        }
        Ok(())
    }

    /// A memory of 1-byte pages may not grow.
    fn memory_type(&mut self, memory: wasmparser::MemoryType) -> Result<MemoryType, Error<Infallible>> {
        let mut memory = utils::memory_type(self, memory);
        if memory.page_size_log2 == Some(0) {
            memory.maximum = Some(memory.minimum);
        }
        Ok(memory)
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_global_section(self, globals, section)?;
        self.add_global(globals);
        Ok(())
    }

    /// The sections that are not there.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error<Infallible>> {
        if self.roomy && before == Some(SectionId::Export) && !self.has.globals {
            let mut globals = GlobalSection::new();
            self.add_global(&mut globals);
            module.section(&globals);
        }
        if self.roomy && before.is_none() && !self.has.data {
            let mut data = DataSection::new();
            self.add_data(&mut data);
            module.section(&data);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_export_section(self, exports, section)?;
        exports.export("memory", ExportKind::Memory, 0);
        if self.roomy {
            exports.export(abi::RECORD, ExportKind::Global, self.globals);
        }
        Ok(())
    }

    fn parse_data_section(
        &mut self,
        data: &mut DataSection,
        section: wasmparser::DataSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_data_section(self, data, section)?;
        self.add_data(data);
        Ok(())
    }
}

/// Bytes of the record, at address 0.
const RECORD: u32 = 32;

/// Bytes for the host's replies, behind it.
const AREA: u32 = 96;
