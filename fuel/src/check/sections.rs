//! Walks a module's sections, in their order.

use super::{
    OnPlace, Rule, body,
    frames::Frames,
    module::Module,
    reader::{Reader, Result},
};

/// A module in work.
pub(super) struct Sections<'a, 'p> {
    pub reader: Reader<'a>,
    pub module: Module<'p>,
    frames: Frames,
    /// Index of the function in work.
    function: Option<u32>,
    /// Functions with a body.
    bodies: u32,
    imported: u32,
    /// What is left of that of all functions together.
    complexity: u32,
}

impl<'a, 'p> Sections<'a, 'p> {
    pub fn new(reader: Reader<'a>, profile: &'p super::Profile) -> Self {
        let (module, frames) = (Module::new(profile), Frames::default());
        let complexity = profile.together(reader.left() as u32);
        Self { reader, module, frames, function: None, bodies: 0, imported: 0, complexity }
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
            EXPORT => {
                self.entries(profile.exports, Rule::Exports, Self::export)?;
                if self.module.all_named_or_none() { Ok(()) } else { Err(Rule::ReservedName) }
            }
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

    fn code(&mut self, on_place: OnPlace) -> Result<()> {
        let function = self.imported + self.bodies;
        self.function = Some(function);
        let end = self.reader.enter()?;
        if self.reader.left() > self.module.profile.body as usize {
            return Err(Rule::BodySize);
        }
        let (frames, complexity) = (&mut self.frames, &mut self.complexity);
        body::read(frames, &mut self.reader, &self.module, function, complexity, on_place)?;
        self.reader.leave(end)?;
        self.function = None;
        self.bodies += 1;
        Ok(())
    }
}

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
