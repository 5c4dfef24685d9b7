//! The desktop's side of a link: asks, waits, asks again, and tells a lost frame from a slow board.

mod job;

use core::fmt;

pub use job::{Begun, Replied};

use super::{
    Answer, Head, Info, LinkError, Request, Run, chunk_capacity, envelope_capacity,
    failure::Failure,
    frame::{self, Decoder},
    guests::Body,
    message::{HEAD_LEN, Kind},
};
use crate::{
    abi,
    codec::{
        self, Direction, Key, Nonce, Opening, Sealing,
        aead::{Decrypt, Encrypt},
    },
    crc::crc32,
    engine::Footprint,
    envelope::{Flags, Version},
    log::Level,
};

/// A byte stream to a board.
pub trait Wire {
    /// Why the stream failed.
    type Error;

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// The stream failed.
    fn send(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Waits for bytes, for a fraction of a second at most; 0 when none came.
    ///
    /// # Errors
    /// The stream failed or ended.
    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Self::Error>;
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error<W> {
    /// The stream failed.
    Wire(W),
    /// Nothing came in time.
    TimedOut,
    /// The board says that the request failed, and what the run took.
    Failed(Failure, Run),
    /// An answer that does not fit its request, or of another version.
    Link(LinkError),
    /// The board speaks another ABI.
    Abi(u32),
}

impl<W: fmt::Display> fmt::Display for Error<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Wire(error) => error.fmt(f),
            Error::TimedOut => f.write_str("no answer in time"),
            Error::Failed(failure, _) => failure.fmt(f),
            Error::Link(error) => error.fmt(f),
            Error::Abi(version) => {
                write!(f, "the board speaks version {version} of the ABI, not {}", abi::VERSION)
            }
        }
    }
}

/// One end of a link. `FRAME` is the longest frame in bytes on the wire; where the board's are shorter, those
/// that it is sent are too.
pub struct Client<W, const FRAME: usize> {
    pub(super) wire: W,
    decoder: Decoder<FRAME>,
    sequence: u16,
    /// The guest that is meant.
    guest: u8,
    /// Key and next counter, when frames are encrypted.
    sealing: Option<(Key, u64)>,
    /// How many empty receives end a wait.
    patience: u32,
    /// Longest frame that both sides take.
    frame: usize,
}

impl<W: Wire, const FRAME: usize> Client<W, FRAME> {
    /// A client on `wire` that gives up on a request after `patience` empty receives.
    pub fn new(wire: W, patience: u32) -> Self {
        const { assert!(FRAME >= super::MIN_FRAME, "frames are at least MIN_FRAME bytes long") };
        // Until the board has said how long its frames may be.
        let frame = super::MIN_FRAME;
        Self { wire, decoder: Decoder::new(), sequence: 0, guest: 0, sealing: None, patience, frame }
    }

    /// Encrypts every frame from now on. No two frames may ever share a key and a counter: take a `counter`
    /// that no earlier session came near.
    pub fn encrypt(&mut self, key: Key, counter: u64) {
        self.sealing = Some((key, counter));
    }

    /// Means this guest of the board from now on; at first it is guest 0.
    pub fn select(&mut self, guest: u8) {
        self.guest = guest;
    }

    /// Asks who is there, with `sequence` as the first number: another than the last session's, or the board
    /// might take a request for a repetition. Lends the answer to `with`.
    ///
    /// # Errors
    /// As [`Error`] says; [`Error::Abi`] when the board speaks another ABI.
    pub fn open<R>(&mut self, sequence: u16, with: impl FnOnce(Info<'_>) -> R) -> Result<R, Error<W::Error>> {
        self.sequence = sequence;
        let (info, frame) = self.ask(Request::Info, |answer| match answer {
            Answer::Info(info) if info.abi != abi::VERSION => Err(Error::Abi(info.abi)),
            Answer::Info(info) => Ok((with(info), info.frame as usize)),
            _ => Err(Error::Link(LinkError::Malformed)),
        })?;
        self.frame = frame.clamp(super::MIN_FRAME, FRAME);
        Ok(info)
    }

    /// Asks whether there is room for a guest that takes so much, its module included while that is translated: ahead of
    /// an upload that would be in vain.
    ///
    /// # Errors
    /// [`Error::Failed`] with [`Abstain::Room`](crate::error::Abstain::Room) when there is none; as [`Error`] says.
    pub fn reserve(&mut self, needs: Footprint) -> Result<(), Error<W::Error>> {
        self.ask(Request::Reserve(needs), |answer| match answer {
            Answer::Stored { .. } => Ok(()),
            _ => Err(Error::Link(LinkError::Malformed)),
        })
    }

    /// Uploads `wasm` and makes a guest of it, in place of the one that was there; `progress` is told the bytes sent so far. Returns the guest's
    /// memory in bytes.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn load(&mut self, wasm: &[u8], progress: impl FnMut(usize)) -> Result<u32, Error<W::Error>> {
        self.store(Body::Module, wasm, progress)?;
        self.ask(Request::Load, |answer| match answer {
            Answer::Loaded { memory } => Ok(memory),
            _ => Err(Error::Link(LinkError::Malformed)),
        })
    }

    /// Ends the guest.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn unload(&mut self) -> Result<(), Error<W::Error>> {
        self.ask(Request::Unload, |answer| match answer {
            Answer::Unloaded => Ok(()),
            _ => Err(Error::Link(LinkError::Malformed)),
        })
    }

    /// Takes the guest's log, line by line; returns how many lines found no room. A guest that says more all the while,
    /// since it is told of events, is heard out another time.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn log(&mut self, mut line: impl FnMut(Level, &str)) -> Result<u32, Error<W::Error>> {
        let mut lost = 0u32;
        for _ in 0..MAX_LINES {
            let more = self.ask(Request::Log, |answer| match answer {
                Answer::Log { line: told, dropped } => {
                    lost = lost.saturating_add(dropped);
                    Ok(told.map(|(level, text)| line(level, text)).is_some())
                }
                _ => Err(Error::Link(LinkError::Malformed)),
            })?;
            if !more {
                return Ok(lost);
            }
        }
        Ok(lost)
    }

    /// Uploads a body, from where an earlier try of the same body ended.
    fn store(
        &mut self,
        becomes: Body,
        body: &[u8],
        mut progress: impl FnMut(usize),
    ) -> Result<(), Error<W::Error>> {
        let total = u32::try_from(body.len()).map_err(|_| Error::Link(LinkError::BodyTooLong))?;
        let (crc, chunk) = (crc32(body), chunk_capacity(self.frame));
        let mut next = 0;
        // Each round is a step forward, or the one step back when the board forgot what it had.
        for _ in 0..=2 * body.len().div_ceil(chunk) {
            let bytes = &body[next..body.len().min(next + chunk)];
            let request = Request::Store { body: becomes, offset: next as u32, total, crc, bytes };
            next = self.ask(request, |answer| match answer {
                Answer::Stored { next } if next <= total => Ok(next as usize),
                _ => Err(Error::Link(LinkError::Malformed)),
            })?;
            progress(next);
            if next == body.len() {
                return Ok(());
            }
        }
        Err(Error::Link(LinkError::BodyIncomplete))
    }

    /// Sends `request` and lends its answer to `with`, asking again when nothing comes for a while.
    fn ask<R>(
        &mut self,
        request: Request<'_>,
        with: impl FnOnce(Answer<'_>) -> Result<R, Error<W::Error>>,
    ) -> Result<R, Error<W::Error>> {
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let sequence = self.sequence;
        let head = Head { kind: Kind::Request, guest: self.guest, sequence };
        let too_long = Error::Link(LinkError::TooLong);
        let mut message = [0; FRAME];
        message[..HEAD_LEN].copy_from_slice(&head.to_bytes());
        let Ok(body) = postcard::to_slice(&request, &mut message[HEAD_LEN..]) else { return Err(too_long) };
        let len = HEAD_LEN + body.len();
        let mut asked = None;
        let encrypt = self.sealing.as_mut().map(|(key, counter)| {
            let nonce = Nonce { direction: Direction::Request, sender: [0; 3], counter: *counter };
            asked = Some(*counter);
            *counter = counter.wrapping_add(1);
            Encrypt::new(key, nonce)
        });
        let sealing = Sealing { encrypt, ..Sealing::plain(Version::V2, Flags::EXPECTS_RESPONSE) };
        let (mut envelope, mut wire) = ([0; FRAME], [0; FRAME]);
        let Ok(sealed) =
            codec::seal(&message[..len], sealing, &mut envelope[..envelope_capacity(self.frame)])
        else {
            return Err(too_long);
        };
        let Ok(len) = frame::encode(&envelope[..sealed], &mut wire) else { return Err(too_long) };
        let asked = Asked { sequence, counter: asked, mark: super::mark(&envelope[..sealed]) };
        self.exchange(&wire[..len], asked, with)
    }

    /// Sends a frame until the answer to it comes, and lends that to `with`. The answer to an encrypted frame
    /// bears its counter, so that none of an earlier session can stand in for it.
    fn exchange<R>(
        &mut self,
        wire: &[u8],
        asked: Asked,
        with: impl FnOnce(Answer<'_>) -> Result<R, Error<W::Error>>,
    ) -> Result<R, Error<W::Error>> {
        let Self { wire: stream, decoder, sealing, patience, .. } = self;
        let keys = sealing.as_ref().map_or(&[][..], |(key, _)| core::slice::from_ref(key));
        let (mut with, mut answered) = (Some(with), None);
        let (mut idle, mut noise, mut refusals, mut refused, mut bytes) = (0, 0usize, 0, None, [0; 256]);
        stream.send(wire).map_err(Error::Wire)?;
        loop {
            let len = stream.receive(&mut bytes).map_err(Error::Wire)?;
            decoder.push(&bytes[..len], |frame| {
                let Ok(envelope) = frame else { return };
                let decrypt = (!keys.is_empty()).then(|| Decrypt::new(keys, Direction::Reply));
                let opening = Opening { decrypt, ..Opening::PLAIN };
                let Ok(opened) = codec::open(envelope, &opening, &mut []) else { return };
                let (head, body) = match Head::split(opened.payload) {
                    Ok(split) => split,
                    Err(error) => return refused = Some((Failure::Link(error), true)),
                };
                // With a key, only the board's word about a frame that it could not read may be plain.
                let trusted = asked.counter == opened.sealed.map(|sealed| sealed.nonce.counter);
                match postcard::from_bytes::<Answer<'_>>(body) {
                    Ok(Answer::Failed { code, detail, .. }) if head.sequence == 0 => {
                        refused = Some((Failure::from_code(code, 0), detail == asked.mark));
                    }
                    _ if head.kind != Kind::Answer || head.sequence != asked.sequence || !trusted => (),
                    Ok(Answer::Failed { code, detail, run }) => {
                        answered = Some(Err(Error::Failed(Failure::from_code(code, detail), run)));
                    }
                    Ok(answer) => answered = with.take().map(|with| with(answer)).or(answered.take()),
                    Err(_) => answered = Some(Err(Error::Link(LinkError::Malformed))),
                }
            });
            if let Some(answer) = answered {
                return answer;
            }
            noise += len;
            idle = if len == 0 { idle + 1 } else { idle };
            refusals += u32::from(refused.is_some());
            match refused.take() {
                // Noise on the way, as a rule: say it again, but not for ever.
                Some((failure, ours))
                    if refusals > MAX_REFUSALS || noise > MAX_NOISE || ours && last(failure) =>
                {
                    return Err(Error::Failed(failure, Run::default()));
                }
                Some(_) => stream.send(wire).map_err(Error::Wire)?,
                None if idle >= *patience => return Err(Error::TimedOut),
                None if noise > MAX_NOISE => return Err(Error::Link(LinkError::Malformed)),
                None if len == 0 && idle % RESEND == 0 => stream.send(wire).map_err(Error::Wire)?,
                None => (),
            }
        }
    }
}

/// What tells the answer to a frame from the answers to others.
#[derive(Clone, Copy)]
struct Asked {
    sequence: u16,
    /// Of the nonce, when the frame is encrypted.
    counter: Option<u64>,
    /// By which a refusal names the frame that it refuses.
    mark: u16,
}

/// Whether a frame that was refused thus fares no better when it is sent again: it was not damaged on its way.
fn last(failure: Failure) -> bool {
    match failure {
        Failure::Guest(crate::error::Error::Codec(error)) => !matches!(error, codec::Error::Envelope(_)),
        Failure::Link(error) => matches!(error, LinkError::Version | LinkError::Replayed),
        _ => false,
    }
}

/// Empty receives after which a request is sent again: it may have been lost.
const RESEND: u32 = 16;

/// How often a frame is sent again because the other side could not read it.
const MAX_REFUSALS: u32 = 8;

/// Lines of a log that are taken at once: more than a board has room for.
const MAX_LINES: usize = 1 << 12;

/// Bytes of anything but answers after which the other side is not a board.
const MAX_NOISE: usize = 1 << 20;
