//! What a service does for each request: keeps books of the body that arrives, and asks the guests.

use super::{
    Answer, Failure, Info, LinkError, Request, Run, chunk_capacity,
    guests::{Body, Guests, Part, Standing},
};
use crate::{
    abi,
    crc::Crc32,
    error::{Abstain, Error},
    guest::{Job, Outcome},
    log::{self, MAX_LINE},
};

/// Answers requests, once the frame around them is off. `FRAME` is the longest frame in bytes on the wire.
pub(super) struct Desk<G, const FRAME: usize> {
    pub(super) guests: G,
    name: &'static str,
    staged: Option<Staged>,
    /// Room for the log line that is being told.
    line: [u8; MAX_LINE],
    /// Room for the part of a reply that is being fetched.
    chunk: [u8; FRAME],
}

/// How much of a body has arrived.
struct Staged {
    whole: Whole,
    next: u32,
    crc: Crc32,
}

/// A body, as who sends it describes it.
#[derive(Clone, Copy, PartialEq)]
struct Whole {
    guest: u8,
    body: Body,
    total: u32,
    crc: u32,
}

impl<G: Guests, const FRAME: usize> Desk<G, FRAME> {
    pub fn new(name: &'static str, guests: G) -> Self {
        Self { guests, name, staged: None, line: [0; MAX_LINE], chunk: [0; FRAME] }
    }

    /// The answer to `request`; none yet when it is to say what comes of a job that is under way.
    pub fn answer(&mut self, guest: u8, request: Request<'_>) -> Option<Answer<'_>> {
        if guest >= self.guests.count() {
            return Some(failed(LinkError::NoGuest));
        }
        let done = match request {
            Request::Info => Ok(self.info(guest)),
            Request::Store { body, offset, total, crc, bytes } => {
                self.store(Whole { guest, body, total, crc }, offset, bytes)
            }
            Request::Reserve(needs) => match needs.fits(self.guests.room(guest)) {
                true => Ok(Answer::Stored { next: 0 }),
                false => Err(Error::from(Abstain::Room).into()),
            },
            Request::Load => self.load(guest),
            Request::Call { entry, fuel, empty, delivery } => {
                let job = Job::Call { entry, request: &[], delivery };
                let taken = if empty { Ok(()) } else { self.take(guest, Body::Request) };
                let begun = taken.and_then(|()| self.guests.begin(guest, job, !empty, fuel));
                return begun.map_or_else(|failure| Some(failed(failure)), |()| self.outcome(guest));
            }
            Request::Invoke { export, fuel, arguments } => {
                let job = Job::Invoke { export, arguments: &arguments };
                let begun = self.guests.begin(guest, job, false, fuel);
                return begun.map_or_else(|failure| Some(failed(failure)), |()| self.outcome(guest));
            }
            Request::Await => return self.outcome(guest),
            Request::Fetch { offset, most } => self.fetch(guest, offset, most),
            Request::Log => Ok(self.log(guest)),
            Request::Unload => {
                self.staged = None;
                self.guests.unload(guest);
                Ok(Answer::Unloaded)
            }
            Request::Cancel => {
                self.guests.cancel(guest);
                Ok(self.health(guest))
            }
            Request::Health => Ok(self.health(guest)),
            Request::Keep(terms) => {
                self.guests.supervisor(guest).keep(terms);
                Ok(self.health(guest))
            }
            Request::Revive => {
                self.guests.supervisor(guest).revive();
                Ok(self.health(guest))
            }
        };
        Some(match done {
            Ok(answer) => answer,
            Err(failure) => failed(failure),
        })
    }

    /// What the guest's last job came to; nothing yet while it is under way.
    pub fn outcome(&mut self, guest: u8) -> Option<Answer<'static>> {
        let (reply, run) = match self.guests.standing(guest) {
            Standing::Idle => return Some(failed(LinkError::NoJob)),
            Standing::Underway(_) => return None,
            Standing::Done(Err(error), run) => {
                return Some(Answer::Failed { code: error.code(), detail: error.detail(), run });
            }
            Standing::Done(Ok(Outcome::Returned(results)), run) => {
                return Some(Answer::Returned { results: results.clone(), run });
            }
            Standing::Done(Ok(Outcome::Replied(reply)), run) => (*reply, run),
        };
        let mut crc = Crc32::new();
        let lent = self.guests.lend(guest, 0, &mut |bytes| crc.update(bytes));
        let replied = Answer::Replied { error: reply.is_error(), total: reply.len(), crc: crc.finish(), run };
        Some(lent.map_or_else(failed, |()| replied))
    }

    fn info(&mut self, guest: u8) -> Answer<'static> {
        Answer::Info(Info {
            abi: abi::VERSION,
            fuel_spec: self.guests.fuel_spec(),
            board: self.name,
            guests: self.guests.count(),
            heap: self.guests.heap(guest),
            room: self.guests.room(guest),
            limits: self.guests.limits(guest),
            body: self.guests.longest(guest),
            frame: FRAME as u32,
        })
    }

    fn store(&mut self, whole: Whole, offset: u32, bytes: &[u8]) -> Done {
        let Whole { guest, body, total, .. } = whole;
        if total > self.guests.longest(guest) {
            return Err(LinkError::BodyTooLong.into());
        }
        let goes_on = |staged: &Staged| staged.whole == whole && !(offset == 0 && staged.is_whole());
        let mut staged = match self.staged.take() {
            Some(staged) if goes_on(&staged) => staged,
            _ => Staged { whole, next: 0, crc: Crc32::new() },
        };
        let end = (offset as usize).saturating_add(bytes.len());
        if offset == staged.next && end <= total as usize {
            self.guests.store(guest, Part { body, total, offset, bytes })?;
            staged.crc.update(bytes);
            staged.next = end as u32;
        }
        let next = self.staged.insert(staged).next;
        Ok(Answer::Stored { next })
    }

    fn load(&mut self, guest: u8) -> Done {
        self.take(guest, Body::Module)?;
        self.guests.load(guest).map(|memory| Answer::Loaded { memory })
    }

    fn fetch(&mut self, guest: u8, offset: u32, most: u32) -> Result<Answer<'_>, Failure> {
        let Self { guests, chunk, .. } = self;
        let most = chunk_capacity(FRAME).min(most as usize);
        let (mut len, mut is_last) = (0, false);
        guests.lend(guest, offset, &mut |bytes| {
            len = bytes.len().min(most);
            is_last = len == bytes.len();
            chunk[..len].copy_from_slice(&bytes[..len]);
        })?;
        if is_last {
            guests.fetched(guest);
        }
        Ok(Answer::Chunk { bytes: &chunk[..len] })
    }

    fn log(&mut self, guest: u8) -> Answer<'_> {
        let (line, dropped) = self.guests.log(guest, &mut self.line);
        let line = line.map(|(level, len)| (level, log::text(&self.line[..len])));
        Answer::Log { line, dropped }
    }

    fn health(&mut self, guest: u8) -> Answer<'static> {
        let now = self.guests.nanos();
        Answer::Health(self.guests.supervisor(guest).health(now))
    }

    /// The stored body, once all of it is there and sound, serves one request.
    fn take(&mut self, guest: u8, body: Body) -> Result<(), Failure> {
        let meant = |staged: &mut Staged| {
            (staged.whole.guest, staged.whole.body) == (guest, body) && staged.is_whole()
        };
        let staged = self.staged.take_if(meant).ok_or(LinkError::BodyIncomplete)?;
        match staged.crc.finish() == staged.whole.crc {
            true => Ok(()),
            false => Err(LinkError::BodyChecksum.into()),
        }
    }
}

impl Staged {
    fn is_whole(&self) -> bool {
        self.whole.total > 0 && self.next == self.whole.total
    }
}

/// An answer that borrows nothing, or why there is none.
type Done = Result<Answer<'static>, Failure>;

pub(super) fn failed(failure: impl Into<Failure>) -> Answer<'static> {
    let failure = failure.into();
    Answer::Failed { code: failure.code(), detail: failure.detail(), run: Run::default() }
}
