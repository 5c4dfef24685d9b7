//! What can be said of a module without an engine.

use wasmparser::{Parser, Payload, TypeRef};

/// What an engine may refuse a valid module for.
#[derive(Debug, Default)]
pub struct Facts {
    /// Modules from which something is imported.
    pub imports_from: Vec<String>,
    /// Whether it has a start function.
    pub start: bool,
    /// Tables, with the imported ones.
    pub tables: usize,
    /// Size of its memory at the start, in bytes.
    pub memory: u64,
    /// Whether its memory has pages of one byte, and may grow.
    pub small_and_growable: bool,
}

impl Facts {
    /// Reads a valid module.
    ///
    /// # Errors
    /// The bytes are no module.
    pub fn read(wasm: &[u8]) -> wasmparser::Result<Self> {
        let mut facts = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        facts.imports_from.push(import.module.to_owned());
                        facts.tables += usize::from(matches!(import.ty, TypeRef::Table(_)));
                    }
                }
                Payload::TableSection(tables) => facts.tables += tables.count() as usize,
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        let memory = memory?;
                        let page = memory.page_size_log2.unwrap_or(16);
                        facts.memory = facts.memory.max(memory.initial << page);
                        facts.small_and_growable |= page == 0 && memory.maximum != Some(memory.initial);
                    }
                }
                Payload::StartSection { .. } => facts.start = true,
                _ => {}
            }
        }
        Ok(facts)
    }
}
