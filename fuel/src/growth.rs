//! Bounds what a guest's memory and table may grow to, on an engine that asks nobody when they grow.
//!
//! The bound is written into the module itself, as the maximum that it declares: the engine then
//! answers -1 to a growth beyond it, as it must for any maximum.

use std::borrow::Cow;

use wasm_encoder::reencode::{self, Reencode};
use wasmparser::Parser;

use crate::{Error, Summary, small_memory::PAGE};

/// Lowers the maxima of a module's memories to `memory` bytes and those of its tables to `table`
/// elements, in whole pages of 64 KiB and never below what is there from the start. A module that
/// cannot exceed them comes back as it is.
///
/// # Errors
///
/// [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed.
pub fn clamp(wasm: &[u8], memory: u64, table: u64) -> Result<Cow<'_, [u8]>, Error> {
    let summary = Summary::read(wasm)?;
    let beyond = |maximum: Option<u64>, limit| maximum.is_none_or(|maximum| maximum > limit);
    let grows = summary.memory.is_some_and(|found| beyond(found.maximum, memory))
        || summary.tables.iter().any(|found| beyond(found.maximum, table));
    if !grows {
        return Ok(wasm.into());
    }
    let mut module = wasm_encoder::Module::new();
    let mut clamp = Clamp { memory, table };
    clamp.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish().into())
}

struct Clamp {
    memory: u64,
    table: u64,
}

impl Reencode for Clamp {
    type Error = Error;

    fn memory_type(
        &mut self,
        memory: wasmparser::MemoryType,
    ) -> Result<wasm_encoder::MemoryType, reencode::Error<Error>> {
        let page = memory.page_size_log2.map_or(u64::from(PAGE), |log2| 1 << log2);
        let mut clamped = reencode::utils::memory_type(self, memory);
        clamped.maximum = Some(lower(memory.initial, memory.maximum, self.memory / page));
        Ok(clamped)
    }

    fn table_type(
        &mut self,
        table: wasmparser::TableType,
    ) -> Result<wasm_encoder::TableType, reencode::Error<Error>> {
        let mut clamped = reencode::utils::table_type(self, table)?;
        clamped.maximum = Some(lower(table.initial, table.maximum, self.table));
        Ok(clamped)
    }
}

fn lower(minimum: u64, maximum: Option<u64>, limit: u64) -> u64 {
    maximum.map_or(limit, |maximum| maximum.min(limit)).max(minimum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clamped(fields: &str) -> Summary {
        let wasm = wat::parse_str(format!("(module {fields})")).unwrap();
        let wasm = clamp(&wasm, 3 * u64::from(PAGE), 10).unwrap();
        Summary::read(&wasm).unwrap()
    }

    #[test]
    fn an_open_maximum_becomes_the_limit() {
        let page = u64::from(PAGE);
        let maximum = |fields| clamped(fields).memory.unwrap().maximum.unwrap() / page;
        assert_eq!(maximum("(memory 1)"), 3);
        assert_eq!(maximum("(memory 1 100)"), 3);
        assert_eq!(maximum("(memory 1 2)"), 2);
        assert_eq!(maximum("(memory 5)"), 5, "what is there from the start stays");
        let table = clamped("(table 4 funcref)").tables[0];
        assert_eq!((table.minimum, table.maximum), (4, Some(10)));
    }

    #[test]
    fn a_module_within_the_limits_is_not_touched() {
        let wasm = wat::parse_str("(module (memory 1 3) (table 4 10 funcref))").unwrap();
        assert!(matches!(clamp(&wasm, 3 * u64::from(PAGE), 10), Ok(Cow::Borrowed(_))));
    }
}
