//! Who owns what, and what a guest did with its grants.

use super::{Code, Grants, Kind, Peripheral, grants::MAX_GRANTS};

/// The books of one guest: its grants, what it has opened, what it was refused. They outlive its instances: a guest that
/// is started afresh opens again what is its own.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Account {
    guest: u8,
    grants: Grants,
    /// For each grant, the number of the resource once it was opened. A guest's handle is the grant's place.
    opened: [Option<u8>; MAX_GRANTS],
    refused: [u32; REFUSALS],
}

impl Account {
    /// The books of guest `guest` of its board, counted from 0.
    pub const fn new(guest: u8, grants: Grants) -> Self {
        Self { guest, grants, opened: [None; MAX_GRANTS], refused: [0; REFUSALS] }
    }

    /// What the guest may use.
    pub const fn grants(&self) -> &Grants {
        &self.grants
    }

    /// How often the guest was refused with `code`; 0 for what is no refusal.
    pub fn refused(&self, code: Code) -> u32 {
        refusal(code).map_or(0, |at| self.refused[at])
    }

    pub(super) fn count(&mut self, code: Code) {
        if let Some(at) = refusal(code) {
            self.refused[at] = self.refused[at].saturating_add(1);
        }
    }

    /// The handle of a resource of that kind and name, and the resource's number once it was opened.
    pub(super) fn grant(&self, kind: Kind, name: &str) -> Result<(usize, Option<u8>), Code> {
        let handle = self.grants.position(kind, name).ok_or(Code::NotGranted)?;
        Ok((handle, self.opened[handle]))
    }

    /// Enters that resource `number` is behind `handle`.
    pub(super) fn open(
        &mut self,
        handle: usize,
        number: u8,
        peripheral: &Peripheral<'_>,
        owners: &mut Owners,
    ) -> Result<(), Code> {
        let right = self.grants.get(handle).ok_or(Code::NotGranted)?.right;
        if right.is_slower_than(peripheral.hz()) {
            return Err(Code::NotGranted);
        }
        if right.kind().is_exclusive() {
            owners.take(number, self.guest)?;
        }
        self.opened[handle] = Some(number);
        Ok(())
    }

    /// The resource behind `handle`, and the right to it.
    pub(super) fn opened(&self, handle: u32) -> Result<(u8, super::Right), Code> {
        let at = handle as usize;
        let number = self.opened.get(at).copied().flatten().ok_or(Code::NoSuchResource)?;
        Ok((number, self.grants.get(at).ok_or(Code::NoSuchResource)?.right))
    }
}

/// The owners of a board's exclusive resources.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Owners([u8; MAX_RESOURCES]);

impl Owners {
    /// Nobody owns anything.
    pub const fn new() -> Self {
        Self([FREE; MAX_RESOURCES])
    }

    /// Takes all from guest `guest`: it is gone.
    pub fn release(&mut self, guest: u8) {
        for owner in self.0.iter_mut().filter(|owner| **owner == guest) {
            *owner = FREE;
        }
    }

    fn take(&mut self, number: u8, guest: u8) -> Result<(), Code> {
        match self.0.get_mut(usize::from(number)) {
            Some(owner) if *owner == FREE || *owner == guest => {
                *owner = guest;
                Ok(())
            }
            Some(_) => Err(Code::InUse),
            None => Err(Code::NoSuchResource),
        }
    }
}

impl Default for Owners {
    fn default() -> Self {
        Self::new()
    }
}

/// Most resources of a board.
pub const MAX_RESOURCES: usize = 32;

const FREE: u8 = u8::MAX;

/// How many codes are refusals, from 1 on.
const REFUSALS: usize = Code::TimedOut as usize - 1;

const fn refusal(code: Code) -> Option<usize> {
    if code.is_refusal() { Some(code as usize - 1) } else { None }
}
