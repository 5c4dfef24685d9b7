//! Bounds what a guest's memory may grow to, on an engine that asks nobody when it grows, and what a table may, so
//! that no engine keeps room for growth that cannot happen.
//!
//! The bound is written into the module itself, as the maximum that it declares: the engine then
//! answers -1 to a growth beyond it, as it must for any maximum.

use std::borrow::Cow;

use wasm_encoder::reencode::{self, Reencode};
use wasmparser::Parser;

use crate::{Error, Summary, small_memory::PAGE, summary};

/// Lowers the maximum of a module's memory to `bytes`, in whole pages and never below what is there from the
/// start, and that of its tables to what is there from the start: no operator makes them grow. A module that cannot
/// exceed them comes back as it is.
///
/// # Errors
///
/// [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed.
pub fn clamp(wasm: &[u8], bytes: u64) -> Result<Cow<'_, [u8]>, Error> {
    let summary = Summary::read(wasm)?;
    let grows = |memory: summary::Memory| memory.maximum.is_none_or(|maximum| maximum > bytes);
    let tables = summary.tables.iter().any(|table| table.maximum != Some(table.minimum));
    if !summary.memory.is_some_and(grows) && !tables {
        return Ok(wasm.into());
    }
    let mut module = wasm_encoder::Module::new();
    Clamp(bytes).parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish().into())
}

/// To so many bytes.
struct Clamp(u64);

impl Reencode for Clamp {
    type Error = Error;

    fn memory_type(
        &mut self,
        memory: wasmparser::MemoryType,
    ) -> Result<wasm_encoder::MemoryType, reencode::Error<Error>> {
        let page = memory.page_size_log2.map_or(u64::from(PAGE), |log2| 1 << log2);
        let mut clamped = reencode::utils::memory_type(self, memory);
        clamped.maximum = Some((self.0 / page).min(memory.maximum.unwrap_or(u64::MAX)).max(memory.initial));
        Ok(clamped)
    }

    fn table_type(
        &mut self,
        table: wasmparser::TableType,
    ) -> Result<wasm_encoder::TableType, reencode::Error<Error>> {
        let mut clamped = reencode::utils::table_type(self, table)?;
        clamped.maximum = Some(table.initial);
        Ok(clamped)
    }

    /// Sound or not inside: that is no reason to refuse a module.
    fn parse_custom_section(
        &mut self,
        module: &mut wasm_encoder::Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error<Error>> {
        module.section(&reencode::utils::custom_section(self, section));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clamped(fields: &str) -> Summary {
        let wasm = wat::parse_str(format!("(module {fields})")).unwrap();
        let wasm = clamp(&wasm, 3 * u64::from(PAGE)).unwrap();
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
    }

    #[test]
    fn custom_sections_are_not_looked_into() {
        let wasm = wat::parse_str(r#"(module (memory 1) (@custom "name" "\ff\ff"))"#).unwrap();
        assert!(clamp(&wasm, u64::from(PAGE)).is_ok());
    }

    #[test]
    fn a_table_stays_as_it_is() {
        let table = clamped("(table 4 funcref)").tables[0];
        assert_eq!((table.minimum, table.maximum), (4, Some(4)));
    }

    #[test]
    fn names_that_are_not_sound_stay_as_they_are() {
        const NAMES: &[u8] = b"\0\x0a\x04name\x00\x03\x02\xff\xff";
        let wasm = wat::parse_str("(module (table 4 funcref))").unwrap();
        let clamped = clamp(&[&wasm, NAMES].concat(), 0).unwrap().into_owned();
        assert!(clamped.ends_with(NAMES));
    }

    #[test]
    fn a_module_within_the_limits_is_not_touched() {
        let wasm = wat::parse_str("(module (memory 1 3) (table 4 4 funcref))").unwrap();
        assert!(matches!(clamp(&wasm, 3 * u64::from(PAGE)), Ok(Cow::Borrowed(_))));
    }
}
