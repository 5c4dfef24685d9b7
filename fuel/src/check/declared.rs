//! Reads what a module declares: types, imports, tables, memories, globals and exports.

use super::{
    Rule,
    module::{Global, Memory, Type},
    reader::Result,
    sections::Sections,
    segments::Constant,
};
use crate::globals;

impl Sections<'_, '_> {
    pub(super) fn ty(&mut self) -> Result<()> {
        match self.reader.byte()? {
            0x60 => {}
            0x4e..=0x50 | 0x5d..=0x5f => return Err(Rule::Gc),
            _ => return Err(Rule::Unknown),
        }
        let profile = self.module.profile;
        let parameters = self.values(profile.parameters, Rule::Parameters)?;
        let results = self.values(profile.results, Rule::Results)?;
        self.module.add_type(Type { parameters, results })
    }

    fn values(&mut self, limit: u8, rule: Rule) -> Result<u8> {
        let count = self.reader.u32()?;
        if count > u32::from(limit) {
            return Err(rule);
        }
        for _ in 0..count {
            value(self.reader.byte()?)?;
        }
        Ok(count as u8)
    }

    pub(super) fn import(&mut self) -> Result<()> {
        self.reader.counted()?;
        self.reader.counted()?;
        match self.reader.byte()? {
            0 => {
                let ty = self.reader.u32()?;
                self.module.add_function(ty)
            }
            1 => self.table(),
            2 => self.memory(true),
            3 => {
                let mutable = self.global_type()?;
                self.module.add_global(Global { mutable, immediate: false })
            }
            4 => Err(Rule::Exceptions),
            _ => Err(Rule::Unknown),
        }
    }

    pub(super) fn table(&mut self) -> Result<()> {
        match self.reader.byte()? {
            0x70 => {}
            0x40 | 0x6f => return Err(Rule::ReferenceTypes),
            _ => return Err(Rule::Gc),
        }
        let (flags, minimum, _) = self.limits()?;
        if flags > 1 {
            return Err(Rule::Unknown);
        }
        if minimum > self.module.profile.table {
            return Err(Rule::TableSize);
        }
        self.module.tables += 1;
        if self.module.tables > 1 { Err(Rule::Tables) } else { Ok(()) }
    }

    pub(super) fn memory(&mut self, imported: bool) -> Result<()> {
        let (flags, minimum, maximum) = self.limits()?;
        let log2 = if flags & PAGE_SIZE == 0 { 16 } else { self.reader.u32()? };
        let bytes = |pages: u32| u64::from(pages) << log2;
        let bound = match log2 {
            0 if imported => return Err(Rule::ImportedMemory),
            0 if maximum != Some(minimum) => return Err(Rule::Growable),
            0 | 16 => maximum.map_or(LAST, |maximum| bytes(maximum).min(LAST)),
            _ => return Err(Rule::PageSize),
        };
        let shift = (log2 == 0).then(|| minimum.wrapping_neg() & 0xffff);
        self.module.add_memory(Memory { bound, shift })
    }

    fn limits(&mut self) -> Result<(u8, u32, Option<u32>)> {
        let flags = self.reader.byte()?;
        match flags {
            _ if flags & MEMORY64 != 0 => return Err(Rule::Memory64),
            _ if flags & SHARED != 0 => return Err(Rule::Threads),
            _ if flags & !(MAXIMUM | PAGE_SIZE) != 0 => return Err(Rule::Unknown),
            _ => {}
        }
        let minimum = self.reader.u32()?;
        let maximum = if flags & MAXIMUM == 0 { None } else { Some(self.reader.u32()?) };
        Ok((flags, minimum, maximum))
    }

    pub(super) fn global(&mut self) -> Result<()> {
        let mutable = self.global_type()?;
        let start = self.constant()?;
        let immediate = !mutable && !matches!(start, Constant::Global);
        self.module.add_global(Global { mutable, immediate })
    }

    fn global_type(&mut self) -> Result<bool> {
        value(self.reader.byte()?)?;
        match self.reader.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            2 | 3 => Err(Rule::Threads),
            _ => Err(Rule::Malformed),
        }
    }

    pub(super) fn export(&mut self) -> Result<()> {
        let name = self.reader.counted()?;
        if name.starts_with(RESERVED) {
            return Err(Rule::ReservedName);
        }
        let kind = self.reader.byte()?;
        match kind {
            0..=3 => {}
            4 => return Err(Rule::Exceptions),
            _ => return Err(Rule::Unknown),
        }
        let index = self.reader.u32()?;
        if name.starts_with(globals::PREFIX.as_bytes()) {
            let is_its_name = kind == GLOBAL && globals::index(name) == Some(index);
            if !is_its_name || !self.module.global(index)?.mutable {
                return Err(Rule::ReservedName);
            }
            self.module.named += 1;
        }
        Ok(())
    }
}

/// Accepts the type of a value.
pub(super) fn value(byte: u8) -> Result<()> {
    match byte {
        0x7c..=0x7f => Ok(()),
        0x7b => Err(Rule::Simd),
        0x6f | 0x70 => Err(Rule::ReferenceTypes),
        0x63..=0x6e | 0x71..=0x74 => Err(Rule::Gc),
        _ => Err(Rule::Malformed),
    }
}

/// The last address of 32 bits.
const LAST: u64 = (1 << 32) - 1;

/// An export of a global.
const GLOBAL: u8 = 3;

/// Names that begin so are the server's.
const RESERVED: &[u8] = b"__aingle_fuel";

const MAXIMUM: u8 = 1;
const SHARED: u8 = 2;
const MEMORY64: u8 = 4;
const PAGE_SIZE: u8 = 8;
