//! Writes a module anew, section by section.

use std::collections::BTreeMap;

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, FunctionSection, GlobalSection, GlobalType,
    Module, RawSection, SectionId, TypeSection, ValType,
    reencode::{self, Reencode, RoundtripReencoder},
};
use wasmparser::{Parser, Payload};

use super::{
    DEPTH, FUEL, START, STATE,
    body::{self, Shared},
    entry::Entry,
    facts::Facts,
    helper::Globals,
};
use crate::{Error, small_memory::points_into_code, spec::Spec};

/// One module in work.
pub(super) struct Writer<'a> {
    shared: Shared<'a>,
    /// Types of bodies with several results.
    bodies: BTreeMap<u32, u32>,
    module: Module,
    code: CodeSection,
    globals: Option<GlobalSection>,
    exports: Option<ExportSection>,
}

impl<'a> Writer<'a> {
    pub fn new(wasm: &'a [u8], spec: &'a Spec, facts: &'a Facts) -> Self {
        let first = facts.globals;
        let globals = Globals { fuel: first, depth: first + 1, state: first + 2 };
        Self {
            shared: Shared { wasm, spec, facts, globals },
            bodies: facts.bodies(),
            module: Module::new(),
            code: CodeSection::new(),
            globals: Some(GlobalSection::new()),
            exports: Some(ExportSection::new()),
        }
    }

    pub fn module(mut self) -> Result<Vec<u8>, Error> {
        for payload in Parser::new(0).parse_all(self.shared.wasm) {
            self.payload(payload?)?;
        }
        self.globals();
        self.exports();
        Ok(self.module.finish())
    }

    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        let mut same = RoundtripReencoder;
        match payload {
            Payload::TypeSection(section) => {
                let mut types = TypeSection::new();
                same.parse_type_section(&mut types, section)?;
                self.types(&mut types)?;
                self.module.section(&types);
            }
            Payload::FunctionSection(section) => {
                let mut functions = FunctionSection::new();
                same.parse_function_section(&mut functions, section)?;
                let first = self.shared.facts.types.len() + self.bodies.len();
                let helpers = self.shared.facts.helpers.len();
                for place in 0..helpers {
                    functions.function((first + place) as u32);
                }
                for _ in &self.shared.facts.entries {
                    functions.function((first + helpers) as u32);
                }
                self.module.section(&functions);
            }
            Payload::GlobalSection(section) => {
                if let Some(globals) = &mut self.globals {
                    same.parse_global_section(globals, section)?;
                }
                self.globals();
            }
            Payload::ExportSection(section) => {
                if let Some(exports) = &mut self.exports {
                    same.parse_export_section(exports, section)?;
                }
                self.exports();
            }
            Payload::StartSection { .. } => {}
            Payload::CodeSectionStart { .. } => self.exports(),
            Payload::CodeSectionEntry(body) => self.body(&body)?,
            Payload::CustomSection(section) if points_into_code(section.name()) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    const EXPORTS_COME_BEFORE: [u8; 3] =
                        [SectionId::Element as u8, SectionId::DataCount as u8, SectionId::Data as u8];
                    if EXPORTS_COME_BEFORE.contains(&id) {
                        self.exports();
                    }
                    let data = &self.shared.wasm[range.start as usize..range.end as usize];
                    self.module.section(&RawSection { id, data });
                }
            }
        }
        Ok(())
    }

    fn types(&self, types: &mut TypeSection) -> Result<(), Error> {
        for &body in self.bodies.keys() {
            let results = self.shared.facts.types[body as usize].results();
            let results: Result<Vec<_>, reencode::Error<_>> =
                results.iter().map(|&ty| RoundtripReencoder.val_type(ty)).collect();
            types.ty().function([], results?);
        }
        for helper in &self.shared.facts.helpers {
            types.ty().function(helper.parameters().iter().copied(), helper.results().iter().copied());
        }
        let (parameters, results) = Entry::METERED;
        types.ty().function(parameters, results);
        Ok(())
    }

    /// Adds the globals, once.
    fn globals(&mut self) {
        let Some(mut globals) = self.globals.take() else { return };
        let mutable = |val_type| GlobalType { val_type, mutable: true, shared: false };
        globals.global(mutable(ValType::I64), &ConstExpr::i64_const(0));
        globals.global(mutable(ValType::I32), &ConstExpr::i32_const(self.shared.spec.depth() as i32));
        globals.global(mutable(ValType::I32), &ConstExpr::i32_const(0));
        self.module.section(&globals);
    }

    /// Adds the exports, once, behind the globals.
    fn exports(&mut self) {
        self.globals();
        let Some(mut exports) = self.exports.take() else { return };
        let Globals { fuel, depth, state } = self.shared.globals;
        for (name, global) in [(FUEL, fuel), (DEPTH, depth), (STATE, state)] {
            exports.export(name, ExportKind::Global, global);
        }
        if let Some(start) = self.shared.facts.start {
            exports.export(START, ExportKind::Func, start);
        }
        for (entry, caller) in self.shared.facts.entries.iter().zip(self.shared.facts.callers()..) {
            entry.export(&mut exports, caller);
        }
        self.module.section(&exports);
    }

    fn body(&mut self, body: &wasmparser::FunctionBody<'_>) -> Result<(), Error> {
        let facts = self.shared.facts;
        let place = self.code.len();
        let index = facts.functions[place as usize];
        let ty = &facts.types[index as usize];
        let results = match (ty.results(), self.bodies.get(&index)) {
            (_, Some(&several)) => BlockType::FunctionType(several),
            ([], None) => BlockType::Empty,
            ([result, ..], None) => BlockType::Result(RoundtripReencoder.val_type(*result)?),
        };
        let function = body::lower(&self.shared, body, ty.params().len() as u32, results)
            .map_err(|error| error.in_function(facts.imported_functions + place))?;
        self.code.function(&function);
        if self.code.len() as usize == facts.functions.len() {
            for helper in &facts.helpers {
                self.code.function(&helper.function(self.shared.spec, facts.memory, self.shared.globals));
            }
            for entry in &facts.entries {
                self.code.function(&entry.caller(self.shared.globals));
            }
            self.module.section(&self.code);
        }
        Ok(())
    }
}
