//! What can be said of a module without an engine.

use aingle_wasm_fuel::{Profile, Reason, Rule, canonicalise, check};
use wasmparser::{
    DataKind, ElementKind, MemoryType, Operator, Parser, Payload, TypeRef, Validator, WasmFeatures,
};

/// What an engine may refuse a valid module for.
#[derive(Debug, Default)]
pub struct Facts {
    /// A feature without which it is not valid, if guests may not use that.
    pub feature: Option<Feature>,
    /// Modules from which something is imported.
    pub imports_from: Vec<String>,
    /// The rule of the check that it breaks, unless that can be repaired.
    pub rule: Option<Rule>,
    /// Size of its memory at the start, in bytes, also of an imported one.
    pub memory: u64,
}

impl Facts {
    /// Reads a valid module.
    ///
    /// # Errors
    /// The bytes are no module that is valid with all of these features.
    pub fn read(wasm: &[u8]) -> wasmparser::Result<Self> {
        let (mut facts, mut bulk) = (Self::default(), false);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        facts.imports_from.push(import.module.to_owned());
                        if let TypeRef::Memory(memory) = import.ty {
                            facts.memory(memory);
                        }
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        facts.memory(memory?);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        bulk |= is_bulk(&operator?);
                    }
                }
                Payload::ElementSection(segments) => {
                    for segment in segments {
                        bulk |= !matches!(segment?.kind, ElementKind::Active { .. });
                    }
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        bulk |= matches!(segment?.kind, DataKind::Passive);
                    }
                }
                _ => {}
            }
        }
        facts.rule = match check(wasm, &Profile::DEVICE) {
            Ok(()) => None,
            Err(refusal) if !refusal.rule.is_repairable() => Some(refusal.rule),
            Err(_) => match canonicalise(wasm).map_err(|error| error.reason) {
                Err(Reason::Refused(rule)) => Some(rule),
                _ => None,
            },
        };
        facts.feature = missing(wasm)?.or(bulk.then_some(Feature::Bulk));
        Ok(facts)
    }

    pub fn needs(&self, feature: Feature) -> bool {
        self.feature == Some(feature)
    }

    pub fn breaks(&self, rule: Rule) -> bool {
        self.rule == Some(rule)
    }

    pub fn imports(&self, module: &str) -> bool {
        self.imports_from.iter().any(|from| from == module)
    }

    fn memory(&mut self, memory: MemoryType) {
        let page = memory.page_size_log2.unwrap_or(16);
        self.memory = self.memory.max(memory.initial << page);
    }
}

/// Features that guests may not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Passive segments, and operators that copy and fill tables.
    Bulk,
    /// References, and more than one table.
    References,
    /// Whatever no engine here takes.
    Other,
}

fn is_bulk(operator: &Operator<'_>) -> bool {
    use Operator::{DataDrop, ElemDrop, MemoryInit, TableCopy, TableInit};
    matches!(
        operator,
        MemoryInit { .. } | DataDrop { .. } | TableInit { .. } | ElemDrop { .. } | TableCopy { .. }
    )
}

/// The last feature that makes a module valid, unless the offered ones do.
fn missing(wasm: &[u8]) -> wasmparser::Result<Option<Feature>> {
    let mut features = OFFERED;
    let mut validated = Validator::new_with_features(features).validate_all(wasm).map(|_| None);
    for (name, feature) in REFUSED {
        if validated.is_err() {
            features |= feature;
            validated = Validator::new_with_features(features).validate_all(wasm).map(|_| Some(name));
        }
    }
    validated
}

/// [`Feature::Bulk`] is among them, for the count of data segments that compilers write.
const OFFERED: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES);

/// Each with those before it.
const REFUSED: [(Feature, WasmFeatures); 2] = [
    // Only with types of GC the validator knows `externref`.
    (Feature::References, WasmFeatures::REFERENCE_TYPES.union(WasmFeatures::GC_TYPES)),
    (Feature::Other, WasmFeatures::all()),
];
