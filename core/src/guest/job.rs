//! What a guest is to do and what came of it, for whoever keeps both apart from the guest.

use serde::{Deserialize, Serialize};

use super::{Guest, Parts, Running};
use crate::{
    engine::{Engine, Instance, Value, Values},
    error::{CallError, Error, Fault},
    memory::GuestSlice,
};

/// One thing that a guest is to do.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Job<'a> {
    /// Call an entry.
    Call {
        /// The entry's name.
        entry: &'a str,
        /// The request's bytes.
        request: &'a [u8],
        /// How the request is put to the guest.
        delivery: Delivery,
    },
    /// Run a numeric export, without an envelope.
    Invoke {
        /// The export's name.
        export: &'a str,
        /// Its arguments.
        arguments: &'a [Value],
    },
}

/// How a request is put to a guest. On a link: a number, in this order from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Delivery {
    /// A payload that is answered.
    Call,
    /// An event, which is not.
    Event,
    /// A frame, sound or not, handed over as it is: for a guest that checks its envelopes itself.
    Raw,
}

/// What a job came to.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack for a moment; there is no heap to box it on"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// An entry has answered; [`Guest::lend`] lends the answer's bytes.
    Replied(Reply),
    /// An export has returned.
    Returned(Values),
}

/// Where a guest's answer lies in its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reply {
    bytes: GuestSlice,
    error: bool,
    born: u32,
}

impl Reply {
    /// Bytes of the answer.
    pub fn len(&self) -> u32 {
        self.bytes.len()
    }

    /// Whether the answer has no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the guest marked it as an error.
    pub fn is_error(&self) -> bool {
        self.error
    }
}

impl<E: Engine<T>, T: 'static> Guest<E, T> {
    /// Does `job` under `fuel` units.
    ///
    /// # Errors
    /// As [`Guest::call`] and [`Guest::invoke`].
    pub fn perform(&mut self, job: &Job<'_>, fuel: u64) -> Result<Outcome, Error> {
        match *job {
            Job::Call { entry, request, delivery } => {
                self.fuel_used = 0;
                let mut entry = self.entry(entry)?;
                let parts = |running: &Running<_, _>| running.parts(request, delivery);
                let locate = |running: &mut Running<_, _>, packed| running.locate(packed, delivery);
                let located = self.deliver(&mut entry, parts, fuel, locate)?;
                Ok(Outcome::Replied(self.reply(located, delivery)))
            }
            Job::Invoke { export, arguments } => self.invoke(export, arguments, fuel).map(Outcome::Returned),
        }
    }

    /// Lends the bytes of the guest's last answer to `with`.
    ///
    /// # Errors
    /// [`CallError::Ended`] when the guest was started afresh since. What it answered last lies where it was until
    /// the guest is used again.
    pub fn lend<R>(&mut self, reply: Reply, with: impl FnOnce(&[u8]) -> R) -> Result<R, Error> {
        if reply.born != self.born {
            return Err(CallError::Ended.into());
        }
        self.with_memory(|memory| reply.bytes.read(memory).map(with)).ok_or(CallError::Ended.into())
    }

    /// The answer in these bytes. To an event there is none: it is dropped and counted.
    pub(super) fn reply(&mut self, (bytes, error): Located, delivery: Delivery) -> Reply {
        let born = self.born;
        match delivery {
            Delivery::Call | Delivery::Raw => Reply { bytes, error, born },
            Delivery::Event => {
                let answered = error || !bytes.is_empty();
                self.dropped_replies = self.dropped_replies.saturating_add(answered.into());
                Reply { bytes: GuestSlice::new(0, 0), error: false, born }
            }
        }
    }
}

/// An answer's bytes in guest memory, and whether they are marked as an error.
pub(super) type Located = (GuestSlice, bool);

impl<I: Instance<T>, T: 'static> Running<I, T> {
    /// What this guest is handed for a request.
    pub fn parts<'r>(&self, request: &'r [u8], delivery: Delivery) -> Result<Parts<'r>, CallError> {
        match (delivery, self.abi) {
            (Delivery::Call, _) => self.request(request),
            (Delivery::Event, Some(_)) => Parts::local(request, false),
            (Delivery::Event, None) => Parts::version_1(request),
            (Delivery::Raw, _) => Parts::bare(request),
        }
    }

    /// Where the packed answer's bytes are, which lie in the guest's memory.
    pub fn locate(&mut self, packed: u64, delivery: Delivery) -> Result<Located, Fault> {
        if delivery == Delivery::Call {
            let whole = GuestSlice::unpack(packed);
            return self.answer(packed, |reply| {
                let (bytes, error) = reply.map_or_else(|bytes| (bytes, true), |bytes| (bytes, false));
                // What stands before them is the guest's envelope.
                let header = whole.len() - bytes.len() as u32;
                (GuestSlice::new(whole.ptr() + header, bytes.len() as u32), error)
            });
        }
        self.bytes(packed, |_, error| (GuestSlice::unpack(packed), error))
    }
}
