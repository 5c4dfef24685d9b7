//! Gives a guest with pages of one byte pages of 64 KiB, without a difference it could notice.
//!
//! ```text
//!   as built, n bytes                 as rewritten, whole pages
//!                                     0        shift                end of the last page
//!   0             n                   ├──────────┼─────────────────┤
//!   ├─────────────┤        ──>        │ unreach- │ 0             n │ trap
//!   │    guest    │ trap              │ able     │      guest      │
//!   └─────────────┘                   └──────────┴─────────────────┘
//! ```
//!
//! A host that reads or writes the guest's memory adds [`Rewritten::shift`] to every address.
//!
//! ```
//! use aingle_wasm_fuel::{Summary, small_memory};
//!
//! let guest = wat::parse_str("(module (memory (export \"memory\") 1000 1000 (pagesize 1)))")?;
//! let rewritten = small_memory::rewrite(&guest)?;
//! assert_eq!(rewritten.shift, 65_536 - 1_000);
//!
//! let memory = Summary::read(&rewritten.wasm)?.memory.unwrap();
//! assert_eq!((memory.page, memory.minimum), (65_536, 65_536));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The memory becomes the smallest number of whole pages that holds the guest's `n` bytes, and
//! the guest moves up by `shift` bytes, so that its end is the end of the last page:
//!
//! - `shift` is added to the constant offset of every load and store, and to the place of every
//!   active data segment. Those offsets never wrap, so an access crosses the end of the last page
//!   exactly when it crossed the guest's end, and the engine's guard traps.
//! - `memory.size` becomes the number `n`. `memory.grow` by 0 gives `n`, by anything else -1:
//!   the memory had no room to grow.
//! - `memory.fill`, `memory.copy` and `memory.init` call appended functions that check the
//!   guest's bounds, then work on the moved addresses.
//!
//! Nothing is renumbered: types and functions are appended, exports keep their names. Custom
//! sections pass through, but for those that point into code by its position (debug information
//! and the like), which are dropped.
//!
//! `shift` need not be a multiple of anything, so what the guest aligned may lie unaligned.

mod helper;
mod layout;
mod shifter;

use std::borrow::Cow;

use wasm_encoder::reencode::Reencode;
use wasmparser::{Parser, Payload, TypeRef};

pub(crate) use self::shifter::points_into_code;
use self::{layout::Layout, shifter::Shifter};
use crate::{Error, Reason, features};

/// Rewrites a module whose memory has pages of one byte, and checks every module.
///
/// A module with ordinary pages, or without a memory, comes back as it is, with a shift of 0; so
/// does what this function returned.
///
/// # Errors
///
/// - [`Reason::Invalid`] when the module is malformed, invalid, or uses more of WebAssembly than
///   version 1.0, sign extension, saturating conversions, multiple results, bulk memory,
///   mutable globals, reference types and page sizes.
/// - [`Reason::Growable`] when the memory's maximum is not its minimum.
/// - [`Reason::ImportedMemory`] when the memory is imported.
/// - [`Reason::AccessTooFar`], [`Reason::SegmentTooFar`] when an offset leaves the 32-bit range.
/// - [`Reason::SegmentNotConstant`] when a data segment is placed by a global.
///
/// All but the first apply to memories with pages of one byte only.
pub fn rewrite(wasm: &[u8]) -> Result<Rewritten<'_>, Error> {
    features::validate(wasm)?;
    match Found::memory(wasm)? {
        Some(found) if found.page_size_log2 == Some(0) => {
            let layout = found.layout()?;
            let mut shifter = Shifter::new(layout, helper::needed(wasm)?);
            Ok(Rewritten { wasm: encode(&mut shifter, wasm)?.into(), shift: layout.shift })
        }
        Some(found) if found.page_size_log2.is_some() => {
            Ok(Rewritten { wasm: encode(&mut Unspelled, wasm)?.into(), shift: 0 })
        }
        _ => Ok(Rewritten { wasm: wasm.into(), shift: 0 }),
    }
}

/// A module with pages of 64 KiB.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rewritten<'a> {
    /// The module; borrowed when nothing had to be changed.
    pub wasm: Cow<'a, [u8]>,
    /// Where the guest's address 0 lies in the new memory, in bytes; at most 65,535. What lies
    /// below is out of the guest's reach and must be out of its host's.
    pub shift: u32,
}

/// Bytes in an ordinary page.
pub const PAGE: u32 = 65_536;

/// The memory of a module, and where it is declared.
struct Found {
    minimum: u64,
    maximum: Option<u64>,
    page_size_log2: Option<u32>,
    imported: bool,
    offset: u64,
}

impl Found {
    fn memory(wasm: &[u8]) -> Result<Option<Self>, Error> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports_with_offsets() {
                        let (offset, import) = import?;
                        if let TypeRef::Memory(memory) = import.ty {
                            return Ok(Some(Self::new(memory, true, offset)));
                        }
                    }
                }
                Payload::MemorySection(section) => {
                    if let Some(memory) = section.into_iter_with_offsets().next() {
                        let (offset, memory) = memory?;
                        return Ok(Some(Self::new(memory, false, offset)));
                    }
                }
                Payload::CodeSectionStart { .. } => break,
                _ => {}
            }
        }
        Ok(None)
    }

    fn new(memory: wasmparser::MemoryType, imported: bool, offset: u64) -> Self {
        Self {
            minimum: memory.initial,
            maximum: memory.maximum,
            page_size_log2: memory.page_size_log2,
            imported,
            offset,
        }
    }

    fn layout(&self) -> Result<Layout, Error> {
        let (minimum, maximum) = (self.minimum, self.maximum);
        if self.imported {
            return Err(Error::new(self.offset, Reason::ImportedMemory));
        }
        if maximum != Some(minimum) {
            let reason = Reason::Growable { minimum, maximum };
            return Err(Error::new(self.offset, reason));
        }
        Ok(Layout::new(minimum))
    }
}

/// Leaves out a page size of 64 KiB that is spelled out: engines without the feature refuse even
/// that spelling.
struct Unspelled;

impl Reencode for Unspelled {
    type Error = Error;

    fn memory_type(
        &mut self,
        memory: wasmparser::MemoryType,
    ) -> Result<wasm_encoder::MemoryType, wasm_encoder::reencode::Error<Error>> {
        Ok(wasm_encoder::MemoryType {
            minimum: memory.initial,
            maximum: memory.maximum,
            memory64: memory.memory64,
            shared: memory.shared,
            page_size_log2: None,
        })
    }

    /// Sound or not inside: that is no reason to refuse a module.
    fn parse_custom_section(
        &mut self,
        module: &mut wasm_encoder::Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), wasm_encoder::reencode::Error<Error>> {
        module.section(&wasm_encoder::reencode::utils::custom_section(self, section));
        Ok(())
    }
}

fn encode(encoder: &mut impl Reencode<Error = Error>, wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let mut module = wasm_encoder::Module::new();
    encoder.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}
