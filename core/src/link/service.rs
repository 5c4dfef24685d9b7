//! The board's side of a link: takes bytes, answers frames.

use serde::{Deserialize, Serialize};

use super::{
    Answer, Head, LinkError, Request, Run,
    desk::Desk,
    envelope_capacity,
    frame::{self, Decoder},
    message::{HEAD_LEN, Kind},
};
use crate::{
    codec::{
        self, Direction, Key, Nonce, Opening, Sealing,
        aead::{Decrypt, Encrypt},
        lz4,
    },
    engine::{Engine, Limits},
    envelope::{Flags, Version},
    guest::Guest,
    host::{Imports, Platform},
};

/// What a board is made of, as its service needs to know it.
pub struct Board<'k, T: 'static> {
    /// The board's name.
    pub name: &'static str,
    /// What a guest may take.
    pub limits: Limits,
    /// The host functions that guests may call.
    pub imports: Imports<T>,
    /// Makes the host's state for a guest that is loaded.
    pub state: fn() -> T,
    /// The memory that guests are made of.
    pub heap: fn() -> Heap,
    /// Nanoseconds since some moment; `None` where there is no clock.
    pub nanos: fn() -> Option<u64>,
    /// Keys of the encrypted frames that the board takes.
    pub keys: &'k [Key],
}

/// A heap, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Heap {
    /// In use.
    pub used: u32,
    /// Most that was ever in use.
    pub peak: u32,
    /// Size of the heap; 0 where there is no bound.
    pub size: u32,
}

/// Serves one link. `FRAME` is the longest frame in bytes on the wire, `B` the buffer for bodies.
pub struct Service<'k, E: Engine<T>, T: 'static, B, const FRAME: usize> {
    decoder: Decoder<FRAME>,
    post: Post<'k, E, T, B, FRAME>,
}

impl<'k, E, T, B, const FRAME: usize> Service<'k, E, T, B, FRAME>
where
    E: Engine<T> + Clone,
    T: Platform,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// A service without a guest. `body` bounds modules, and requests together with their replies.
    pub fn new(board: Board<'k, T>, engine: E, body: B) -> Self {
        const { assert!(FRAME >= super::MIN_FRAME, "frames are at least MIN_FRAME bytes long") };
        let post = Post {
            desk: Desk::new(board, engine, body, FRAME),
            answer: heapless::Vec::new(),
            answered: None,
            newest: None,
            table: lz4::Table::new(),
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
            // Beside the last answer, which may be asked for again: what is refused may be noise.
            let refusal = heard.map_or_else(refusal, |()| heapless::Vec::new());
            let answer = if refusal.is_empty() { &post.answer[..] } else { &refusal };
            let mut wire = [0; FRAME];
            if let Ok(len) = frame::encode(answer, &mut wire) {
                send(&wire[..len]);
            }
        });
    }

    /// The guest that is loaded, if any.
    pub fn guest(&mut self) -> Option<&mut Guest<E, T>> {
        self.post.desk.guest.as_mut()
    }
}

/// Opens and seals what goes over the desk, and answers a repeated request from memory.
struct Post<'k, E: Engine<T>, T: 'static, B, const FRAME: usize> {
    desk: Desk<'k, E, T, B>,
    /// The last answer, as an envelope.
    answer: heapless::Vec<u8, FRAME>,
    /// Sequence number and checksum of the request that it answers.
    answered: Option<(u16, [u8; 4])>,
    /// The highest counter of an encrypted frame so far.
    newest: Option<u64>,
    table: lz4::Table,
}

impl<'k, E, T, B, const FRAME: usize> Post<'k, E, T, B, FRAME>
where
    E: Engine<T> + Clone,
    T: Platform,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// Leaves the answer to the request in `envelope` in `self.answer`, or says which code to refuse it with.
    fn answer(&mut self, envelope: &mut [u8]) -> Result<(), u8> {
        let checksum = envelope.get(8..12).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        let mut room = [0; FRAME];
        let keys = self.desk.board.keys;
        let decrypt = (!keys.is_empty()).then(|| Decrypt::new(keys, Direction::Request));
        let opening = Opening { decompress: Some(lz4::Decompress::new()), decrypt };
        let opened = codec::open(envelope, &opening, &mut room).map_err(codec::Error::code)?;
        let (head, body) = Head::split(opened.payload).map_err(LinkError::code)?;
        if self.answered == Some((head.sequence, checksum)) {
            return Ok(());
        }
        if let Some(sealed) = opened.sealed {
            // An older frame was answered before: whoever sends it again is not who wrote it.
            if self.newest.is_some_and(|newest| sealed.nonce.counter <= newest) {
                return Err(LinkError::Replayed.code());
            }
            self.newest = Some(sealed.nonce.counter);
        }
        let answer = match (head.kind, head.guest, postcard::take_from_bytes::<Request<'_>>(body)) {
            (Kind::Request, 0, Ok((request, []))) => self.desk.answer(request),
            (Kind::Request, 1.., _) => failed(LinkError::NoGuest),
            _ => failed(LinkError::Malformed),
        };
        let key = opened.sealed.and_then(|sealed| keys.iter().find(|key| key.id() == sealed.key));
        // The counter is new since the board started, so the reply's nonce is: it differs from the request's in
        // its direction. A board that is reset forgets, and may be made to use a nonce twice.
        let nonce = opened.sealed.map(|sealed| Nonce { direction: Direction::Reply, ..sealed.nonce });
        let encrypt = || key.zip(nonce).map(|(key, nonce)| Encrypt::new(key, nonce));
        let sealing = Sealing {
            version: opened.version,
            flags: Flags::NONE,
            compress: opened.flags.contains(Flags::COMPRESSED).then(|| self.table.compress()),
            encrypt: encrypt(),
        };
        let head = Head { kind: Kind::Answer, ..head };
        if seal(head, &answer, sealing, &mut self.answer).is_none() {
            // Said in the request's own name: sent again, the guest would only run again.
            let plain = Sealing { encrypt: encrypt(), ..Sealing::plain(opened.version, Flags::NONE) };
            seal(head, &failed(LinkError::TooLong), plain, &mut self.answer)
                .ok_or(LinkError::TooLong.code())?;
        }
        self.answered = Some((head.sequence, checksum));
        Ok(())
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

fn failed(error: LinkError) -> Answer<'static> {
    Answer::Failed { code: error.code(), detail: 0, run: Run::default() }
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
