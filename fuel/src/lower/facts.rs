//! What must be known of a module before it is written anew.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{Export, ExternalKind, FuncType, Operator, Parser, Payload, TypeRef};

use super::{entry::Entry, helper::Helper};
use crate::{Error, small_memory::PAGE};

/// Index spaces and needs of one valid module.
#[derive(Default)]
pub(super) struct Facts {
    pub types: Vec<FuncType>,
    /// Type of each function of the module's own.
    pub functions: Vec<u32>,
    pub imported_functions: u32,
    /// Globals, imported ones too.
    pub globals: u32,
    pub start: Option<u32>,
    pub memory: Memory,
    /// Sorted; their functions follow the module's own in this order.
    pub helpers: Vec<Helper>,
    /// In the order of their exports; the functions that call them follow the helpers.
    pub entries: Vec<Entry>,
}

/// What growth and bulk operations depend on.
#[derive(Clone, Copy, Default)]
pub(super) struct Memory {
    /// Bytes in a page, as a logarithm.
    pub page_log2: u32,
    /// Pages that it may reach.
    pub maximum: u64,
}

impl Facts {
    pub fn read(wasm: &[u8]) -> Result<Self, Error> {
        let mut facts = Self::default();
        let mut helpers = BTreeSet::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    facts.types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        facts.import(import?.ty);
                    }
                }
                Payload::FunctionSection(section) => {
                    facts.functions = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        facts.memory = Memory::new(memory?);
                    }
                }
                Payload::GlobalSection(section) => facts.globals += section.count(),
                Payload::ExportSection(section) => {
                    for (place, export) in section.into_iter().enumerate() {
                        facts.export(place, &export?);
                    }
                }
                Payload::StartSection { func, .. } => facts.start = Some(func),
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        helpers.extend(Helper::of(&operator?));
                    }
                }
                _ => {}
            }
        }
        facts.helpers = helpers.into_iter().collect();
        Ok(facts)
    }

    /// Index of the function that stands for an operator.
    pub fn helper(&self, operator: &Operator<'_>) -> Option<u32> {
        let place = self.helpers.binary_search(&Helper::of(operator)?).ok()?;
        Some(self.imported_functions + self.functions.len() as u32 + place as u32)
    }

    /// Index of the first function that calls an entry.
    pub fn callers(&self) -> u32 {
        self.imported_functions + (self.functions.len() + self.helpers.len()) as u32
    }

    /// For each type of several results that a function has, the index of a type without parameters and with
    /// the same results, appended behind the module's own types.
    pub fn bodies(&self) -> BTreeMap<u32, u32> {
        let several = |ty: &u32| self.types[*ty as usize].results().len() > 1;
        let used: BTreeSet<_> = self.functions.iter().copied().filter(several).collect();
        used.into_iter().zip(self.types.len() as u32..).collect()
    }

    fn export(&mut self, place: usize, export: &Export<'_>) {
        let own = match export.kind {
            ExternalKind::Func => export.index.checked_sub(self.imported_functions),
            _ => None,
        };
        let Some(&ty) = own.and_then(|own| self.functions.get(own as usize)) else { return };
        let ty = &self.types[ty as usize];
        if (ty.params(), ty.results()) == Entry::TYPE {
            self.entries.push(Entry { place, function: export.index });
        }
    }

    fn import(&mut self, ty: TypeRef) {
        match ty {
            TypeRef::Func(_) => self.imported_functions += 1,
            TypeRef::Global(_) => self.globals += 1,
            TypeRef::Memory(memory) => self.memory = Memory::new(memory),
            _ => {}
        }
    }
}

impl Memory {
    fn new(memory: wasmparser::MemoryType) -> Self {
        let page_log2 = memory.page_size_log2.unwrap_or(PAGE.ilog2());
        let most = (1 << 32) >> page_log2;
        Self { page_log2, maximum: memory.maximum.unwrap_or(most).min(most) }
    }

    /// Lets it grow to no more than `bytes`.
    pub fn bound(&mut self, bytes: u32) {
        self.maximum = self.maximum.min(u64::from(bytes) >> self.page_log2);
    }
}
