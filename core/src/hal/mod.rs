//! Pins, buses and time for guests, under grants.
//!
//! ```text
//! guest: OutputPin, I2c, … ── aingle_hal.FUNCTION(i32 …) -> i32 ──► Hal ── granted? opened? in range? ──► Peripheral
//!        (guest SDK)                                                 │ no: a negative code, counted    (embedded-hal)
//! ```
//!
//! A host says what there is ([`Resources`]), who has it ([`Owners`]), and for each guest what it may use ([`Account`]);
//! [`Hardware`] hands the three to each [`Function`]. A guest names a resource once, and has its handle from
//! then on. Whatever it is refused touches nothing.

mod account;
mod acts;
mod code;
mod coded;
mod functions;
mod grants;
pub mod operations;
mod peripheral;
pub(crate) mod section;
mod traced;
mod wires;

pub use account::{Account, MAX_RESOURCES, Owners};
pub use code::Code;
pub use coded::Coded;
pub use functions::Function;
pub use grants::{Addresses, Grant, Grants, MAX_GRANTS, MAX_NAME, Name, Right};
pub use peripheral::{Adc, Clock, Kind, Peripheral, Uart};
pub use section::SECTION;
pub use traced::{TRACE, Traced};
pub use wires::{LONGEST_STRETCH, WireI2c, Wires};

use crate::memory::GuestSlice;

/// What `aingle_hal` needs of a host's state.
pub trait Hardware: 'static {
    /// The guest's books: a function that it was granted nothing for is not offered to it.
    fn account(&self) -> &Account;

    /// Lends the machine's resources and the guest's books.
    fn hal<R>(&mut self, with: impl FnOnce(Hal<'_>) -> R) -> R;
}

/// The resources of a machine, numbered from 0 without a gap.
pub trait Resources {
    /// Resource `number` and its name; `None` past the last, of at most [`MAX_RESOURCES`].
    fn resource(&mut self, number: u8) -> Option<(&str, Peripheral<'_>)>;
}

/// No resources at all.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Empty;

impl Resources for Empty {
    fn resource(&mut self, _number: u8) -> Option<(&str, Peripheral<'_>)> {
        None
    }
}

/// What a guest's call to `aingle_hal` works on.
pub struct Hal<'h> {
    /// What there is.
    pub resources: &'h mut dyn Resources,
    /// Who has it.
    pub owners: &'h mut Owners,
    /// The guest's books.
    pub account: &'h mut Account,
}

impl Hal<'_> {
    /// Finds the resource of that kind and name, makes the guest its owner, and gives the handle. Again for what is
    /// already the guest's.
    fn open(&mut self, memory: &[u8], kind: u32, name: GuestSlice) -> Result<u32, Code> {
        let kind = Kind::from_number(kind).ok_or(Code::Argument)?;
        let name = name.read(memory).ok_or(Code::Range)?;
        if name.len() > MAX_NAME {
            return Err(Code::NotGranted);
        }
        let name = str::from_utf8(name).map_err(|_| Code::NotGranted)?;
        let (grant, opened) = self.account.grant(kind, name)?;
        if let Some(handle) = opened {
            return Ok(handle);
        }
        let (number, peripheral) = named(self.resources, kind, name).ok_or(Code::NoSuchResource)?;
        self.account.open(grant, number, &peripheral, self.owners)
    }

    /// The peripheral behind `handle`.
    fn peripheral(&mut self, handle: u32) -> Result<Peripheral<'_>, Code> {
        let number = self.account.number(handle)?;
        self.resources.resource(number).map(|(_, peripheral)| peripheral).ok_or(Code::NoSuchResource)
    }
}

/// The resource of that kind and name, and its number.
fn named<'r>(resources: &'r mut dyn Resources, kind: Kind, name: &str) -> Option<(u8, Peripheral<'r>)> {
    let number = number_of(resources, kind, name)?;
    let (_, peripheral) = resources.resource(number)?;
    Some((number, peripheral))
}

/// The number of the resource of that kind and name.
pub(crate) fn number_of(resources: &mut dyn Resources, kind: Kind, name: &str) -> Option<u8> {
    let mut is_it = |number: u8| {
        let found = resources.resource(number);
        found.is_some_and(|(other, peripheral)| other == name && peripheral.kind() == kind)
    };
    (0..MAX_RESOURCES as u8).find(|&number| is_it(number))
}
