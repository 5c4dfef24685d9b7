//! What a service does for each request: keeps the body, loads the guest, runs it, lends its reply.

use core::ops::Range;

use super::{
    Answer, Board, Info, LinkError, Request, Run, chunk_capacity,
    message::{Delivery, Failure},
};
use crate::{
    abi,
    crc::crc32,
    engine::{Engine, Value},
    error::{Abstain, Error},
    guest::Guest,
    host::Platform,
    log::MAX_LINE,
};

/// Answers requests, once the frame around them is off.
pub(super) struct Desk<'k, E: Engine<T>, T: 'static, B> {
    pub(super) board: Board<'k, T>,
    pub(super) guest: Option<Guest<E, T>>,
    engine: E,
    body: B,
    staged: Staged,
    /// Where the last reply lies in the body.
    reply: Range<usize>,
    /// Longest frame in bytes on the wire.
    frame: usize,
    /// Room for the log line that is being told.
    line: [u8; MAX_LINE],
}

/// How much of a body has arrived.
#[derive(Clone, Copy, Default, PartialEq)]
struct Staged {
    total: u32,
    crc: u32,
    next: u32,
}

impl<'k, E, T, B> Desk<'k, E, T, B>
where
    E: Engine<T> + Clone,
    T: Platform,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    pub(super) fn new(board: Board<'k, T>, engine: E, body: B, frame: usize) -> Self {
        let staged = Staged::default();
        Self { board, guest: None, engine, body, staged, reply: 0..0, frame, line: [0; MAX_LINE] }
    }

    pub(super) fn answer(&mut self, request: Request<'_>) -> Answer<'_> {
        let done = match request {
            Request::Info => return self.info(),
            Request::Fetch { offset, most } => return self.fetch(offset, most),
            Request::Log => return self.log(),
            Request::Store { offset, total, crc, bytes } => {
                self.store(Staged { total, crc, next: offset }, bytes)
            }
            Request::Load => self.load(),
            Request::Call { entry, fuel, empty, delivery } => self.call(entry, fuel, empty, delivery),
            Request::Invoke { export, fuel, arguments } => self.invoke(export, fuel, &arguments),
            Request::Unload => {
                self.guest = None;
                Ok(Answer::Unloaded)
            }
        };
        done.unwrap_or_else(|(failure, run)| Answer::Failed {
            code: failure.code(),
            detail: failure.detail(),
            run,
        })
    }

    fn info(&self) -> Answer<'_> {
        Answer::Info(Info {
            abi: abi::VERSION,
            fuel_spec: self.engine.fuel_spec(),
            board: self.board.name,
            heap: (self.board.heap)(),
            limits: self.board.limits,
            body: u32::try_from(self.body.as_ref().len()).unwrap_or(u32::MAX),
            frame: self.frame as u32,
        })
    }

    fn store(&mut self, part: Staged, bytes: &[u8]) -> Done {
        let body = self.body.as_mut();
        if part.total as usize > body.len() {
            return fail(LinkError::BodyTooLong);
        }
        if (part.total, part.crc) != (self.staged.total, self.staged.crc) || part.next == 0 && self.whole() {
            self.staged = Staged { next: 0, ..part };
        }
        let end = (part.next as usize).saturating_add(bytes.len());
        if part.next == self.staged.next && end <= part.total as usize {
            self.body.as_mut()[part.next as usize..end].copy_from_slice(bytes);
            self.staged.next = end as u32;
        }
        Ok(Answer::Stored { next: self.staged.next })
    }

    fn load(&mut self) -> Done {
        // Before the new guest is made, or both would have to fit.
        self.guest = None;
        let len = self.take_body()?;
        let wasm = &self.body.as_ref()[..len];
        let board = &self.board;
        let guest =
            Guest::load(self.engine.clone(), wasm, board.limits, board.imports.clone(), (board.state)());
        match guest {
            Ok(guest) => {
                let memory = self.guest.insert(guest).with_memory(<[u8]>::len) as u32;
                Ok(Answer::Loaded { memory })
            }
            Err(error) => fail(Failure::Guest(error)),
        }
    }

    fn call(&mut self, entry: &str, fuel: u64, empty: bool, delivery: Delivery) -> Done {
        let len = if empty { self.drop_body() } else { self.take_body()? };
        let (request, room) = self.body.as_mut().split_at_mut(len);
        let Some(guest) = &mut self.guest else { return fail(LinkError::NoGuest) };
        let started = (self.board.nanos)();
        let mut keep = |reply: &[u8], error: bool| {
            let room = room.get_mut(..reply.len()).ok_or(Error::Abstain(Abstain::Reply))?;
            room.copy_from_slice(reply);
            Ok((reply.len(), crc32(reply), error))
        };
        let called = guest.entry(entry).and_then(|mut entry| match delivery {
            Delivery::Call => guest.call(&mut entry, request, fuel, |reply| match reply {
                Ok(reply) => keep(reply, false),
                Err(reply) => keep(reply, true),
            })?,
            Delivery::Event => guest.notify(&mut entry, request, fuel).map(|()| (0, crc32(&[]), false)),
            Delivery::Raw => guest.call_raw_frame(&mut entry, request, fuel, keep)?,
        });
        let run = run(guest, started, self.board.nanos);
        let (total, crc, error) = called.map_err(|error| (Failure::Guest(error), run))?;
        self.reply = len..len + total;
        Ok(Answer::Replied { error, total: total as u32, crc, run })
    }

    fn invoke(&mut self, export: &str, fuel: u64, arguments: &[Value]) -> Done {
        let Some(guest) = &mut self.guest else { return fail(LinkError::NoGuest) };
        let started = (self.board.nanos)();
        let returned = guest.invoke(export, arguments, fuel);
        let run = run(guest, started, self.board.nanos);
        let results = returned.map_err(|error| (Failure::Guest(error), run))?;
        Ok(Answer::Returned { results, run })
    }

    fn fetch(&self, offset: u32, most: u32) -> Answer<'_> {
        let rest = self.body.as_ref().get(self.reply.clone()).and_then(|reply| reply.get(offset as usize..));
        let rest = rest.unwrap_or_default();
        let most = chunk_capacity(self.frame).min(most as usize);
        Answer::Chunk { bytes: &rest[..rest.len().min(most)] }
    }

    fn log(&mut self) -> Answer<'_> {
        let line = &mut self.line;
        let told = self.guest.as_mut().and_then(|guest| {
            guest.with_state(|state| {
                let log = state.log();
                (log.pop(line), log.take_dropped())
            })
        });
        let (line, dropped) = told.unwrap_or_default();
        Answer::Log { line, dropped }
    }

    /// The stored body's length, once all of it is there and sound. It serves one request only.
    fn take_body(&mut self) -> Result<usize, (Failure, Run)> {
        let Staged { total, crc, .. } = self.staged;
        self.reply = 0..0;
        if !self.whole() {
            return fail(LinkError::BodyIncomplete);
        }
        self.staged = Staged::default();
        match crc32(&self.body.as_ref()[..total as usize]) == crc {
            true => Ok(total as usize),
            false => fail(LinkError::BodyChecksum),
        }
    }

    /// Gives the body's room to a reply; returns the bytes that stay taken.
    fn drop_body(&mut self) -> usize {
        self.staged = Staged::default();
        self.reply = 0..0;
        0
    }

    fn whole(&self) -> bool {
        self.staged.total > 0 && self.staged.next == self.staged.total
    }
}

/// An answer that borrows nothing, or why there is none.
type Done = Result<Answer<'static>, (Failure, Run)>;

fn fail<T>(failure: impl Into<Failure>) -> Result<T, (Failure, Run)> {
    Err((failure.into(), Run::default()))
}

/// What the last run of `guest` took.
fn run<E: Engine<T>, T: 'static>(
    guest: &mut Guest<E, T>,
    started: Option<u64>,
    nanos: fn() -> Option<u64>,
) -> Run {
    let (host_calls, host_digest) = guest.host_calls();
    let nanos = started.zip(nanos()).map(|(started, ended)| ended.saturating_sub(started));
    Run { fuel_used: guest.fuel_used(), nanos, host_calls, host_digest }
}
