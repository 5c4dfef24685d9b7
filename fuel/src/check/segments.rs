//! Reads what fills a module's table and memory.

use super::{Rule, reader::Result, sections::Sections};

impl Sections<'_, '_> {
    pub(super) fn element(&mut self) -> Result<()> {
        let flags = self.reader.u32()?;
        match flags {
            0 => {}
            2 if self.reader.u32()? != 0 => return Err(Rule::Tables),
            2 => {}
            1 | 3 | 5 | 7 => return Err(Rule::Passive),
            4 | 6 => return Err(Rule::ReferenceTypes),
            _ => return Err(Rule::Unknown),
        }
        self.constant()?;
        if flags == 2 && self.reader.byte()? != 0 {
            return Err(Rule::ReferenceTypes);
        }
        for _ in 0..self.reader.u32()? {
            self.reader.u32()?;
        }
        Ok(())
    }

    pub(super) fn data(&mut self) -> Result<()> {
        match self.reader.u32()? {
            0 => {}
            1 => return Err(Rule::Passive),
            2 if self.reader.u32()? == 0 => {}
            2 => return Err(Rule::Memories),
            _ => return Err(Rule::Unknown),
        }
        let memory = self.module.memory()?;
        match self.constant()? {
            Constant::I32(place) => memory.reach(place as u32)?,
            _ if memory.shift.is_some() => return Err(Rule::SegmentPlace),
            _ => {}
        }
        self.reader.counted().map(drop)
    }

    /// Reads a constant expression.
    pub(super) fn constant(&mut self) -> Result<Constant> {
        let constant = match self.reader.byte()? {
            0x41 => Constant::I32(self.reader.i32()?),
            0x42 => {
                self.reader.i64()?;
                Constant::Other
            }
            0x43 => self.reader.take(4).map(|_| Constant::Other)?,
            0x44 => self.reader.take(8).map(|_| Constant::Other)?,
            0x23 => self.reader.u32().map(|_| Constant::Global)?,
            0xd0 | 0xd2 => return Err(Rule::ReferenceTypes),
            0xfb => return Err(Rule::Gc),
            0xfd => return Err(Rule::Simd),
            _ => return Err(Rule::Malformed),
        };
        match self.reader.byte()? {
            0x0b => Ok(constant),
            _ => Err(Rule::ExtendedConst),
        }
    }
}

/// What a global starts with, or where a segment is placed.
pub(super) enum Constant {
    I32(i32),
    Other,
    Global,
}
