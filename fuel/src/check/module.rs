//! What the bodies of functions need to know of their module.

use alloc::vec::Vec;

use super::{Profile, Rule, reader::Result};

/// A module's types, functions, globals and memory, as far as they are read.
pub(super) struct Module<'p> {
    pub profile: &'p Profile,
    types: Vec<Type>,
    /// The type of each function, imported ones first.
    functions: Vec<u16>,
    globals: Vec<Global>,
    /// Mutable globals that are exported by the name that they have for it.
    pub named: usize,
    memory: Option<Memory>,
    pub tables: u8,
}

/// How many values a function takes and gives.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub parameters: u8,
    pub results: u8,
}

#[derive(Clone, Copy)]
pub(super) struct Global {
    pub mutable: bool,
    /// Whether reading it gives an immediate.
    pub immediate: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Memory {
    /// The last constant address that no engine refuses before it runs, in bytes.
    pub bound: u64,
    /// How far a server moves a memory of 1-byte pages up, in bytes.
    pub shift: Option<u32>,
}

impl<'p> Module<'p> {
    pub fn new(profile: &'p Profile) -> Self {
        let (types, functions, globals) = (Vec::new(), Vec::new(), Vec::new());
        Self { profile, types, functions, globals, named: 0, memory: None, tables: 0 }
    }

    pub fn add_type(&mut self, ty: Type) -> Result<()> {
        push(&mut self.types, ty, self.profile.types, Rule::Types)
    }

    pub fn add_function(&mut self, ty: u32) -> Result<()> {
        let known = u16::try_from(ty).ok().filter(|&ty| usize::from(ty) < self.types.len());
        let ty = known.ok_or(Rule::Malformed)?;
        push(&mut self.functions, ty, self.profile.functions, Rule::Functions)
    }

    pub fn add_global(&mut self, global: Global) -> Result<()> {
        push(&mut self.globals, global, self.profile.globals, Rule::Globals)
    }

    pub fn add_memory(&mut self, memory: Memory) -> Result<()> {
        match self.memory.replace(memory) {
            Some(_) => Err(Rule::Memories),
            None => Ok(()),
        }
    }

    pub fn functions(&self) -> u32 {
        self.functions.len() as u32
    }

    pub fn ty(&self, index: u32) -> Result<Type> {
        self.types.get(index as usize).copied().ok_or(Rule::Malformed)
    }

    pub fn function(&self, index: u32) -> Result<Type> {
        let ty = self.functions.get(index as usize).ok_or(Rule::Malformed)?;
        self.ty(u32::from(*ty))
    }

    /// A host that puts back the globals that have a name must have them all.
    pub fn all_named_or_none(&self) -> bool {
        self.named == 0 || self.named == self.globals.iter().filter(|global| global.mutable).count()
    }

    pub fn global(&self, index: u32) -> Result<Global> {
        self.globals.get(index as usize).copied().ok_or(Rule::Malformed)
    }

    pub fn memory(&self) -> Result<Memory> {
        self.memory.ok_or(Rule::Malformed)
    }
}

impl Memory {
    /// What a server would make of a constant offset or place.
    pub fn reach(&self, offset: u32) -> Result<()> {
        match self.shift.map_or(Some(offset), |shift| offset.checked_add(shift)) {
            Some(_) => Ok(()),
            None => Err(Rule::OutOfReach),
        }
    }
}

/// Adds `item` when that makes no more than `limit`.
pub(super) fn push<T>(items: &mut Vec<T>, item: T, limit: u16, rule: Rule) -> Result<()> {
    if items.len() >= usize::from(limit) {
        return Err(rule);
    }
    items.push(item);
    Ok(())
}
