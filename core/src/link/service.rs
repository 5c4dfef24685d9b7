//! The board's side of a link: takes bytes, answers frames.

use super::{
    Answer, Guests, Head, LinkError, Request, Run,
    desk::{Desk, failed},
    envelope_capacity,
    frame::{self, Decoder},
    guests::Standing,
    message::{HEAD_LEN, Kind},
};
use crate::{
    codec::{
        self, Direction, Key, Nonce, Opening, Sealing,
        aead::{Decrypt, Encrypt, Sealed},
        lz4,
    },
    envelope::{Flags, Version},
};

/// Serves one link. `FRAME` is the longest frame in bytes on the wire.
///
/// ```text
/// bytes ──► receive ──► Guests::begin ──► work ──► Guests::turn, again and again
///              └──► send                    └──► send, when the job is done or takes a while
/// ```
pub struct Service<'k, G, const FRAME: usize> {
    decoder: Decoder<FRAME>,
    post: Post<'k, G, FRAME>,
}

impl<'k, G: Guests, const FRAME: usize> Service<'k, G, FRAME> {
    /// A service for `guests` on the board `name`, which takes encrypted frames under `keys`, and plain ones.
    pub fn new(name: &'static str, keys: &'k [Key], guests: G) -> Self {
        const { assert!(FRAME >= super::MIN_FRAME, "frames are at least MIN_FRAME bytes long") };
        let post = Post {
            desk: Desk::new(name, guests),
            keys,
            answer: heapless::Vec::new(),
            answered: None,
            awaited: None,
            newest: None,
        };
        Self { decoder: Decoder::new(), post }
    }

    /// Takes bytes as they come and hands the frames of its answers to `send`.
    pub fn receive(&mut self, bytes: &[u8], mut send: impl FnMut(&[u8])) {
        let Self { decoder, post } = self;
        decoder.push(bytes, |decoded| {
            let heard = match decoded {
                Ok(envelope) => {
                    let mark = super::mark(envelope);
                    post.answer(envelope).map_err(|code| (code, mark))
                }
                Err(_) => Err((LinkError::TooLong.code(), 0)),
            };
            match heard {
                Ok(true) => ship::<FRAME>(&post.answer, &mut send),
                Ok(false) => (),
                // Beside the last answer, which may be asked for again: what is refused may be noise.
                Err(refused) => ship::<FRAME>(&refusal(refused), &mut send),
            }
        });
    }

    /// Gives a guest that has something to do a slice, and says what came of the job that the other side waits for.
    /// Whether a guest has more to do, or may be told of an event: if none has, there is no need to call this before more
    /// bytes came.
    pub fn work(&mut self, mut send: impl FnMut(&[u8])) -> bool {
        let more = self.post.desk.guests.turn();
        if self.post.settle() {
            ship::<FRAME>(&self.post.answer, &mut send);
        }
        more
    }

    /// The guests that it serves.
    pub fn guests(&mut self) -> &mut G {
        &mut self.post.desk.guests
    }
}

/// Opens and seals what goes over the desk, and answers a repeated request from memory.
struct Post<'k, G, const FRAME: usize> {
    desk: Desk<G, FRAME>,
    keys: &'k [Key],
    /// The last answer, as an envelope.
    answer: heapless::Vec<u8, FRAME>,
    /// The request that it answers.
    answered: Option<Asked>,
    /// Who waits for a job, and for how many turns more.
    awaited: Option<(Sender, u32)>,
    /// The highest counter of an encrypted frame so far.
    newest: Option<u64>,
}

/// A request's sequence number and checksum.
type Asked = (u16, [u8; 4]);

/// Who asked, and how the answer is to be sealed.
#[derive(Clone, Copy)]
struct Sender {
    asked: Asked,
    head: Head,
    version: Version,
    compressed: bool,
    sealed: Option<Sealed>,
}

impl<G: Guests, const FRAME: usize> Post<'_, G, FRAME> {
    /// Leaves the answer to the request in `envelope` in `self.answer`, or says which code to refuse it with. `false`
    /// when there is none yet.
    fn answer(&mut self, envelope: &mut [u8]) -> Result<bool, u8> {
        let checksum = envelope.get(8..12).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        let mut room = [0; FRAME];
        let decrypt = (!self.keys.is_empty()).then(|| Decrypt::new(self.keys, Direction::Request));
        let opening = Opening { decompress: Some(lz4::Decompress::new()), decrypt };
        let opened = codec::open(envelope, &opening, &mut room).map_err(codec::Error::code)?;
        let (head, body) = Head::split(opened.payload).map_err(LinkError::code)?;
        if head.kind == Kind::Answer {
            // A line that echoes, or another board: to answer it would never end.
            return Ok(false);
        }
        let asked = (head.sequence, checksum);
        if self.answered == Some(asked) {
            return Ok(true);
        }
        if self.awaited.is_some_and(|(sender, _)| sender.asked == asked) {
            return Ok(false);
        }
        if let Some(sealed) = opened.sealed {
            // An older frame was answered before: whoever sends it again is not who wrote it.
            if self.newest.is_some_and(|newest| sealed.nonce.counter <= newest) {
                return Err(LinkError::Replayed.code());
            }
            self.newest = Some(sealed.nonce.counter);
        }
        let compressed = opened.flags.contains(Flags::COMPRESSED);
        let sender = Sender { asked, head, version: opened.version, compressed, sealed: opened.sealed };
        // Whoever waited does so no more: a link has one other side.
        self.awaited = None;
        let answer = match postcard::take_from_bytes::<Request<'_>>(body) {
            Ok((request, [])) => self.desk.answer(head.guest, request),
            _ => Some(failed(LinkError::Malformed)),
        };
        let Some(answer) = answer else {
            self.awaited = Some((sender, PATIENCE));
            return Ok(false);
        };
        reply(&answer, sender, self.keys, &mut self.answer)?;
        self.answered = Some(asked);
        Ok(true)
    }

    /// Whether `self.answer` is now what was waited for.
    fn settle(&mut self) -> bool {
        let Some((sender, patience)) = self.awaited else { return false };
        let answer = match (self.desk.outcome(sender.head.guest), patience) {
            (Some(answer), _) => answer,
            (None, 1..) => {
                self.awaited = Some((sender, patience - 1));
                return false;
            }
            (None, 0) => match self.desk.guests.standing(sender.head.guest) {
                Standing::Underway(fuel_used) => Answer::Underway { fuel_used },
                _ => failed(LinkError::NoJob),
            },
        };
        self.awaited = None;
        self.answered = Some(sender.asked);
        reply(&answer, sender, self.keys, &mut self.answer).is_ok()
    }
}

/// Writes an answer as an envelope.
///
/// # Errors
/// The code to refuse the request with, when not even a failure can be told.
fn reply<const FRAME: usize>(
    answer: &Answer<'_>,
    sender: Sender,
    keys: &[Key],
    out: &mut heapless::Vec<u8, FRAME>,
) -> Result<(), u8> {
    let Sender { head, version, compressed, sealed, .. } = sender;
    let key = sealed.and_then(|sealed| keys.iter().find(|key| key.id() == sealed.key));
    // The counter is new since the board started, so the reply's nonce is: it differs from the request's in its
    // direction. A board that is reset forgets, and may be made to use a nonce twice.
    let nonce = sealed.map(|sealed| Nonce { direction: Direction::Reply, ..sealed.nonce });
    let encrypt = || key.zip(nonce).map(|(key, nonce)| Encrypt::new(key, nonce));
    let plain = || Sealing { encrypt: encrypt(), ..Sealing::plain(version, Flags::NONE) };
    let head = Head { kind: Kind::Answer, ..head };
    let sealed = if compressed { pack(head, answer, plain(), out) } else { seal(head, answer, plain(), out) };
    if sealed.is_none() {
        // Said in the request's own name: sent again, the guest would only run again.
        seal(head, &failed(LinkError::TooLong), plain(), out).ok_or(LinkError::TooLong.code())?;
    }
    Ok(())
}

/// Hands an envelope to `send` as a frame.
fn ship<const FRAME: usize>(envelope: &[u8], send: &mut impl FnMut(&[u8])) {
    let mut wire = [0; FRAME];
    if let Ok(len) = frame::encode(envelope, &mut wire) {
        send(&wire[..len]);
    }
}

/// The envelope that answers what could not be read; `mark` says which frame that was.
fn refusal((code, mark): (u8, u16)) -> heapless::Vec<u8, REFUSAL> {
    let head = Head { kind: Kind::Answer, guest: 0, sequence: 0 };
    let answer = Answer::Failed { code, detail: mark, run: Run::default() };
    let mut envelope = heapless::Vec::new();
    // A plain message of a few bytes fits.
    let _ = seal(head, &answer, Sealing::plain(Version::V2, Flags::NONE), &mut envelope);
    envelope
}

/// As [`seal`], compressed. The compressor's table takes 16 KiB of stack, which nobody else's frame is to have.
#[inline(never)]
fn pack<const FRAME: usize>(
    head: Head,
    answer: &Answer<'_>,
    sealing: Sealing<'_>,
    out: &mut heapless::Vec<u8, FRAME>,
) -> Option<()> {
    let mut table = lz4::Table::new();
    seal(head, answer, Sealing { compress: Some(table.compress()), ..sealing }, out)
}

/// Writes head and answer as an envelope; `None` when it does not fit in a frame.
fn seal<const FRAME: usize>(
    head: Head,
    answer: &Answer<'_>,
    sealing: Sealing<'_>,
    out: &mut heapless::Vec<u8, FRAME>,
) -> Option<()> {
    let mut message = [0; FRAME];
    message[..HEAD_LEN].copy_from_slice(&head.to_bytes());
    let len = HEAD_LEN + postcard::to_slice(answer, &mut message[HEAD_LEN..]).ok()?.len();
    // Packing needs more room than its result.
    let mut sealed = [[0; FRAME]; 2];
    let sealed = sealed.as_flattened_mut();
    let len = codec::seal(&message[..len], sealing, sealed).ok()?;
    out.clear();
    (len <= envelope_capacity(FRAME)).then(|| out.extend_from_slice(&sealed[..len]).ok())?
}

/// Room for a refusal, in bytes: envelope header, head, and an answer of single-byte fields.
const REFUSAL: usize = 64;

/// Turns after which a job that is waited for is said to be under way: seldom enough to cost it nothing, and often
/// enough for somebody who may lose patience.
const PATIENCE: u32 = 32;
