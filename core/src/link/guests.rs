//! The guests behind a link, as its service sees them.

use serde::{Deserialize, Serialize};

use super::{Failure, Heap, Run, supervisor::Supervisor};
use crate::{
    engine::{Footprint, Limits},
    error::Error,
    guest::{Job, Outcome},
    log::{Level, MAX_LINE},
};

/// The guests of a board, by number. Of a number that is [`Guests::count`] or more nothing is asked.
pub trait Guests {
    /// How many there may be.
    fn count(&self) -> u8;

    /// Hash of the fuel specification that they are charged by; 0 when they follow none.
    fn fuel_spec(&self) -> u32;

    /// What a guest of this number may take.
    fn limits(&self, guest: u8) -> Limits;

    /// Longest body that it can be sent, in bytes.
    fn longest(&self, guest: u8) -> u32;

    /// The memory that it is made of.
    fn heap(&mut self, guest: u8) -> Heap;

    /// Memory that there would be for another guest in its place; 0 where there is no bound.
    fn room(&mut self, guest: u8) -> Footprint;

    /// Nanoseconds since some moment; `None` where there is no clock.
    fn nanos(&self) -> Option<u64>;

    /// Keeps a part of a body. Parts come in order; one at offset 0 begins a new body, and ends the guest when it is a
    /// module's.
    ///
    /// # Errors
    /// There is no guest, or no room.
    fn store(&mut self, guest: u8, part: Part<'_>) -> Result<(), Failure>;

    /// Makes a guest of the stored module; gives its memory in bytes.
    ///
    /// # Errors
    /// As [`Guest::load`](crate::guest::Guest::load).
    fn load(&mut self, guest: u8) -> Result<u32, Failure>;

    /// Ends the guest and frees what it held.
    fn unload(&mut self, guest: u8);

    /// Begins a job; `stored` says that its request is the stored one.
    ///
    /// # Errors
    /// [`LinkError::NoGuest`](super::LinkError::NoGuest), [`CallError::Busy`](crate::error::CallError::Busy) while
    /// another job is under way, and as [`Supervisor::admit`].
    fn begin(&mut self, guest: u8, job: Job<'_>, stored: bool, fuel: u64) -> Result<(), Failure>;

    /// Gives the next guest a slice; whether one has more to do, or may be told of an event at any moment.
    fn turn(&mut self) -> bool;

    /// Where the guest's last job stands.
    fn standing(&self, guest: u8) -> Standing<'_>;

    /// Lends the bytes of the last reply, from `offset` on.
    ///
    /// # Errors
    /// There is none any more.
    fn lend(&mut self, guest: u8, offset: u32, with: &mut dyn FnMut(&[u8])) -> Result<(), Failure>;

    /// Told that the last reply was read to its end: an event may now use the guest's memory.
    fn fetched(&mut self, _guest: u8) {}

    /// Ends the guest's job, if one is under way.
    fn cancel(&mut self, guest: u8);

    /// Takes the oldest line of the guest's log, whose bytes go to `room`, and the number of lines that found no room.
    fn log(&mut self, guest: u8, room: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32);

    /// Who watches over the guest.
    fn supervisor(&mut self, guest: u8) -> &mut Supervisor;
}

/// What a body becomes. On the wire: a number, in this order from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Body {
    /// A guest.
    Module,
    /// The request of a call.
    Request,
}

/// A part of a body.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Part<'a> {
    /// What the body becomes.
    pub body: Body,
    /// Bytes of the whole body.
    pub total: u32,
    /// Where the part begins.
    pub offset: u32,
    /// The part.
    pub bytes: &'a [u8],
}

/// Where a job stands.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Standing<'a> {
    /// There was none since the guest was loaded, or it was cancelled.
    Idle,
    /// It has used so many units, and goes on.
    Underway(u64),
    /// It came to this and took that.
    Done(Result<&'a Outcome, Error>, Run),
}
