//! Walks a module's sections, in their order.

use super::{
    OnPlace, Rule, body,
    frames::Frames,
    module::{Memory, Module, Type},
    reader::{Reader, Result},
};

/// A module in work.
pub(super) struct Sections<'a, 'p> {
    reader: Reader<'a>,
    module: Module<'p>,
    frames: Frames,
    /// Index of the function in work.
    function: Option<u32>,
    /// Functions with a body.
    bodies: u32,
    imported: u32,
}

impl<'a, 'p> Sections<'a, 'p> {
    pub fn new(reader: Reader<'a>, profile: &'p super::Profile) -> Self {
        let (module, frames) = (Module::new(profile), Frames::default());
        Self { reader, module, frames, function: None, bodies: 0, imported: 0 }
    }

    pub fn function(&self) -> Option<u32> {
        self.function
    }

    pub fn offset(&self) -> u32 {
        self.reader.marked() as u32
    }

    pub fn read(&mut self, on_place: OnPlace) -> Result<()> {
        if self.reader.take(8)? != b"\0asm\x01\0\0\0" {
            return Err(Rule::Malformed);
        }
        let mut last = 0;
        while !self.reader.is_done() {
            self.reader.mark();
            let id = self.reader.byte()?;
            let end = self.reader.enter()?;
            if id != CUSTOM {
                let order = ORDER.iter().position(|&known| known == id).ok_or(Rule::Unknown)? + 1;
                if order <= last {
                    return Err(Rule::Malformed);
                }
                last = order;
            }
            self.section(id, on_place)?;
            self.reader.leave(end)?;
        }
        if self.imported + self.bodies != self.module.functions() {
            return Err(Rule::Malformed);
        }
        Ok(())
    }

    fn section(&mut self, id: u8, on_place: OnPlace) -> Result<()> {
        let profile = self.module.profile;
        match id {
            TYPE => self.entries(u16::MAX, Rule::Types, Self::ty),
            IMPORT => {
                self.entries(u16::MAX, Rule::Functions, Self::import)?;
                self.imported = self.module.functions();
                Ok(())
            }
            FUNCTION => self.entries(u16::MAX, Rule::Functions, |sections| {
                let ty = sections.reader.u32()?;
                sections.module.add_function(ty)
            }),
            TABLE => self.entries(1, Rule::Tables, Self::table),
            MEMORY => self.entries(1, Rule::Memories, |sections| sections.memory(false)),
            TAG => Err(Rule::Exceptions),
            GLOBAL => self.entries(u16::MAX, Rule::Globals, Self::global),
            EXPORT => self.entries(profile.exports, Rule::Exports, Self::export),
            START if !profile.start => Err(Rule::Start),
            ELEMENT => self.entries(profile.elements, Rule::Elements, Self::element),
            CODE => self.entries(u16::MAX, Rule::Functions, |sections| sections.code(on_place)),
            DATA => self.entries(profile.data, Rule::Data, Self::data),
            _ => {
                let left = self.reader.left() as u32;
                self.reader.take(left).map(drop)
            }
        }
    }

    fn entries(
        &mut self,
        limit: u16,
        rule: Rule,
        mut read: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let count = self.reader.u32()?;
        if count > u32::from(limit) {
            return Err(rule);
        }
        for _ in 0..count {
            self.reader.mark();
            read(self)?;
        }
        Ok(())
    }

    fn ty(&mut self) -> Result<()> {
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

    fn import(&mut self) -> Result<()> {
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
                self.global_type()?;
                self.module.add_global(false)
            }
            4 => Err(Rule::Exceptions),
            _ => Err(Rule::Unknown),
        }
    }

    fn table(&mut self) -> Result<()> {
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

    fn memory(&mut self, imported: bool) -> Result<()> {
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

    fn global(&mut self) -> Result<()> {
        let mutable = self.global_type()?;
        let start = self.constant()?;
        self.module.add_global(!mutable && !matches!(start, Constant::Global))
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

    fn export(&mut self) -> Result<()> {
        if self.reader.counted()?.starts_with(RESERVED) {
            return Err(Rule::ReservedName);
        }
        match self.reader.byte()? {
            0..=3 => self.reader.u32().map(drop),
            4 => Err(Rule::Exceptions),
            _ => Err(Rule::Unknown),
        }
    }

    fn element(&mut self) -> Result<()> {
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

    fn code(&mut self, on_place: OnPlace) -> Result<()> {
        let function = self.imported + self.bodies;
        self.function = Some(function);
        let end = self.reader.enter()?;
        if self.reader.left() > self.module.profile.body as usize {
            return Err(Rule::BodySize);
        }
        body::read(&mut self.frames, &mut self.reader, &self.module, function, on_place)?;
        self.reader.leave(end)?;
        self.function = None;
        self.bodies += 1;
        Ok(())
    }

    fn data(&mut self) -> Result<()> {
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
    fn constant(&mut self) -> Result<Constant> {
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
enum Constant {
    I32(i32),
    Other,
    Global,
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

/// Names that begin so are the server's.
const RESERVED: &[u8] = b"__aingle_fuel";

const MAXIMUM: u8 = 1;
const SHARED: u8 = 2;
const MEMORY64: u8 = 4;
const PAGE_SIZE: u8 = 8;

const CUSTOM: u8 = 0;
const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const TABLE: u8 = 4;
const MEMORY: u8 = 5;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const START: u8 = 8;
const ELEMENT: u8 = 9;
const CODE: u8 = 10;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;
const TAG: u8 = 13;

/// The order in which sections stand.
const ORDER: [u8; 13] =
    [TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE, DATA];
