//! What a guest is asked to do, until it is done or somebody loses patience.

use super::{Client, Error, Wire};
use crate::{
    crc::Crc32,
    engine::Values,
    guest::Job,
    link::{
        Answer, LinkError, Request, Run, chunk_capacity,
        guests::Body,
        message::Delivery,
        supervisor::{Health, Terms},
    },
};

/// A job that a board knows of, ended or after so many units of fuel. The default stands for the guest's last one,
/// whoever began it.
#[derive(Debug)]
pub struct Begun(Result<Ended, u64>);

impl Default for Begun {
    fn default() -> Self {
        Self(Err(0))
    }
}

/// What a call came to, besides the reply's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Replied {
    /// The guest marked its answer as an error.
    pub error: bool,
    /// What the run took.
    pub run: Run,
}

/// How a job ended.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack for a moment; there is no heap to box it on"
)]
#[derive(Debug)]
enum Ended {
    Replied { replied: Replied, total: u32, crc: u32 },
    Returned(Values, Run),
}

impl<W: Wire, const FRAME: usize> Client<W, FRAME> {
    /// Calls `entry`; the reply's parts go to `reply` in order.
    ///
    /// # Errors
    /// As [`Error`] says; [`Error::Failed`] holds what a run that trapped took.
    pub fn call(
        &mut self,
        entry: &str,
        request: &[u8],
        fuel: u64,
        delivery: Delivery,
        reply: impl FnMut(&[u8]),
    ) -> Result<Replied, Error<W::Error>> {
        let begun = self.begin(&Job::Call { entry, request, delivery }, fuel)?;
        self.replied(begun, |_| true, reply)
    }

    /// Runs the numeric export `export`.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn invoke(
        &mut self,
        export: &str,
        arguments: &Values,
        fuel: u64,
    ) -> Result<(Values, Run), Error<W::Error>> {
        let begun = self.begin(&Job::Invoke { export, arguments }, fuel)?;
        self.returned(begun, |_| true)
    }

    /// Has the guest begin a job, and comes back while it is under way. [`Client::replied`] or [`Client::returned`]
    /// gives the rest.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn begin(&mut self, job: &Job<'_>, fuel: u64) -> Result<Begun, Error<W::Error>> {
        let request = match *job {
            Job::Call { entry, request, delivery } => {
                let empty = request.is_empty();
                if !empty {
                    self.store(Body::Request, request, |_| ())?;
                }
                Request::Call { entry, fuel, empty, delivery }
            }
            Job::Invoke { export, arguments } => {
                let arguments = Values::from_slice(arguments).map_err(|_| Error::Link(LinkError::TooLong))?;
                Request::Invoke { export, fuel, arguments }
            }
        };
        self.stands(request).map(Begun)
    }

    /// Waits for the reply to a call, whose parts go to `reply` in order. Every now and then `wait` is told the fuel
    /// that is used; when it says no, the call is cancelled.
    ///
    /// # Errors
    /// As [`Error`] says; [`Error::TimedOut`] when it was cancelled.
    pub fn replied(
        &mut self,
        begun: Begun,
        wait: impl FnMut(u64) -> bool,
        mut reply: impl FnMut(&[u8]),
    ) -> Result<Replied, Error<W::Error>> {
        let Ended::Replied { replied, total, crc } = self.ended(begun, wait)? else {
            return Err(Error::Link(LinkError::Malformed));
        };
        let (mut offset, mut arrived) = (0, Crc32::new());
        let most = chunk_capacity(self.frame) as u32;
        while offset < total {
            offset += self.ask(Request::Fetch { offset, most }, |answer| match answer {
                Answer::Chunk { bytes } if !bytes.is_empty() && bytes.len() <= (total - offset) as usize => {
                    arrived.update(bytes);
                    reply(bytes);
                    Ok(bytes.len() as u32)
                }
                _ => Err(Error::Link(LinkError::Malformed)),
            })?;
        }
        match arrived.finish() == crc {
            true => Ok(replied),
            false => Err(Error::Link(LinkError::BodyChecksum)),
        }
    }

    /// Waits for the results of an export's run, as [`Client::replied`] does for a reply.
    ///
    /// # Errors
    /// As [`Client::replied`].
    pub fn returned(
        &mut self,
        begun: Begun,
        wait: impl FnMut(u64) -> bool,
    ) -> Result<(Values, Run), Error<W::Error>> {
        match self.ended(begun, wait)? {
            Ended::Returned(results, run) => Ok((results, run)),
            Ended::Replied { .. } => Err(Error::Link(LinkError::Malformed)),
        }
    }

    /// Ends what the guest does; how it is then.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn cancel(&mut self) -> Result<Health, Error<W::Error>> {
        self.treat(Request::Cancel)
    }

    /// How the guest is.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn health(&mut self) -> Result<Health, Error<W::Error>> {
        self.treat(Request::Health)
    }

    /// Sets how the guest is treated; how it is then.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn keep(&mut self, terms: Terms) -> Result<Health, Error<W::Error>> {
        self.treat(Request::Keep(terms))
    }

    /// Lets a guest that rests after a fault, or that waits for this word, take calls again; how it is then.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn revive(&mut self) -> Result<Health, Error<W::Error>> {
        self.treat(Request::Revive)
    }

    fn ended(&mut self, begun: Begun, mut wait: impl FnMut(u64) -> bool) -> Result<Ended, Error<W::Error>> {
        let mut stands = begun.0;
        loop {
            match stands {
                Ok(ended) => return Ok(ended),
                Err(fuel_used) if wait(fuel_used) => stands = self.stands(Request::Await)?,
                Err(_) => {
                    self.cancel()?;
                    return Err(Error::TimedOut);
                }
            }
        }
    }

    /// How a job ended, or the fuel that it has used so far.
    fn stands(&mut self, request: Request<'_>) -> Result<Result<Ended, u64>, Error<W::Error>> {
        self.ask(request, |answer| match answer {
            Answer::Replied { error, total, crc, run } => {
                Ok(Ok(Ended::Replied { replied: Replied { error, run }, total, crc }))
            }
            Answer::Returned { results, run } => Ok(Ok(Ended::Returned(results, run))),
            Answer::Underway { fuel_used } => Ok(Err(fuel_used)),
            _ => Err(Error::Link(LinkError::Malformed)),
        })
    }

    fn treat(&mut self, request: Request<'_>) -> Result<Health, Error<W::Error>> {
        self.ask(request, |answer| match answer {
            Answer::Health(health) => Ok(health),
            _ => Err(Error::Link(LinkError::Malformed)),
        })
    }
}
