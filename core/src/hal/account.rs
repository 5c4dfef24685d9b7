//! Who owns what, and what a guest did with its grants.

use heapless::Vec;

use super::{Code, Grants, Kind, Peripheral, Right, grants::MAX_GRANTS};
use crate::error::Error;

/// The books of one guest: its grants, what it has opened, what it was refused. They outlive its instances: one that is
/// started afresh has opened nothing, and opens again what is the guest's own.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Account {
    guest: u8,
    grants: Grants,
    /// The place among what the guest wants of the first that it is not given.
    lacks: Option<u8>,
    /// What the instance opened, in that order, which is the same on every host. Its handle is the place here.
    opened: Vec<Opened, MAX_GRANTS>,
    refused: [u32; REFUSALS],
}

/// A resource that was opened, by its number, and the place of the grant for it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Opened {
    number: u8,
    grant: u8,
}

impl Account {
    /// The books of guest `guest` of its board, counted from 0.
    pub const fn new(guest: u8, grants: Grants) -> Self {
        Self { guest, grants, lacks: None, opened: Vec::new(), refused: [0; REFUSALS] }
    }

    /// The books of a guest that `wants` something of a host which has that much to give. It is not started unless it is
    /// given all of it: [`Error::Grant`](crate::error::Error::Grant).
    pub fn of(guest: u8, wants: &Grants, given: &Grants) -> Self {
        let lacks = wants.beyond(given).next().map(|(place, _)| place);
        Self { lacks, ..Self::new(guest, wants.meet(given)) }
    }

    /// What the guest may use.
    pub const fn grants(&self) -> &Grants {
        &self.grants
    }

    /// How often the guest was refused with `code`; 0 for what is no refusal.
    pub fn refused(&self, code: Code) -> u32 {
        refusal(code).map_or(0, |at| self.refused[at])
    }

    /// Readies the books for an instance that starts, which has no handle yet. What the guest owns stays its own.
    ///
    /// # Errors
    /// [`Error::Grant`]: it was not given what it wants.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        self.opened.clear();
        self.lacks.map_or(Ok(()), |place| Err(Error::Grant(place)))
    }

    pub(super) fn count(&mut self, code: Code) {
        if let Some(at) = refusal(code) {
            self.refused[at] = self.refused[at].saturating_add(1);
        }
    }

    /// The place of the grant for a resource of that kind and name, and the resource's handle once it was opened.
    pub(super) fn grant(&self, kind: Kind, name: &str) -> Result<(u8, Option<u32>), Code> {
        let grant = self.grants.position(kind, name).ok_or(Code::NotGranted)? as u8;
        let handle = self.opened.iter().position(|opened| opened.grant == grant);
        Ok((grant, handle.map(|handle| handle as u32)))
    }

    /// Enters that resource `number` was opened by the grant at that place; gives the handle.
    pub(super) fn open(
        &mut self,
        grant: u8,
        number: u8,
        peripheral: &Peripheral<'_>,
        owners: &mut Owners,
    ) -> Result<u32, Code> {
        let right = self.right(grant)?;
        if right.is_slower_than(peripheral.hz()) {
            return Err(Code::NotGranted);
        }
        if right.kind().is_exclusive() {
            owners.take(number, self.guest)?;
        }
        // There is room for as many as there are grants.
        _ = self.opened.push(Opened { number, grant });
        Ok(self.opened.len() as u32 - 1)
    }

    /// The number of the resource behind `handle`.
    pub(super) fn number(&self, handle: u32) -> Result<u8, Code> {
        Ok(self.opened(handle)?.number)
    }

    /// Checks a wait against the right to the delay behind `handle`.
    pub(super) fn admit(&self, handle: u32, nanos: u64) -> Result<(), Code> {
        match self.right_to(handle)? {
            Right::Delay { micros } if nanos <= u64::from(*micros) * 1000 => Ok(()),
            Right::Delay { .. } => Err(Code::NotGranted),
            _ => Err(Code::NoSuchResource),
        }
    }

    /// The right to the resource behind `handle`.
    pub(super) fn right_to(&self, handle: u32) -> Result<&Right, Code> {
        self.right(self.opened(handle)?.grant)
    }

    fn opened(&self, handle: u32) -> Result<&Opened, Code> {
        self.opened.get(handle as usize).ok_or(Code::NoSuchResource)
    }

    fn right(&self, grant: u8) -> Result<&Right, Code> {
        Ok(&self.grants.get(grant.into()).ok_or(Code::NotGranted)?.right)
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

    pub(crate) fn take(&mut self, number: u8, guest: u8) -> Result<(), Code> {
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
