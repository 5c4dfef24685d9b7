//! The service of a link, besieged: somebody hostile says what no desktop would, and now and then somebody who means
//! well comes and must be served. `no_std`, so that chips are besieged by the very same.

mod dice;
mod faults;
mod foe;
mod words;

use core::fmt;

use aingle_wasm_core::{
    codec::{self, Direction, Key, Opening, aead::Decrypt, lz4},
    link::{
        Answer, Client, Delivery, Guests, Head, Service, Terms, Wire, client::Error, frame::Decoder,
        message::Kind,
    },
};
use foe::Foe;
use heapless::Deque;

use crate::guests::WORKER;

/// Longest frame on the wire, in bytes.
pub const FRAME: usize = 256;

/// A service under siege.
pub struct Siege<G> {
    service: Service<'static, G, FRAME>,
    foe: Foe,
    heard: Heard,
    visits: u16,
}

/// What the service answered.
#[derive(Clone, Copy, Default)]
struct Heard {
    asked: u32,
    refused: u32,
    failed: u32,
    granted: u32,
    /// Answers that nobody can read: there must be none.
    nonsense: u32,
}

impl<G: Guests> Siege<G> {
    /// Besieges a service for `guests`, which take [`WORKER`] with what it imports. Their calls have at most `fuel`.
    pub fn new(guests: G, fuel: u64) -> Self {
        let service = Service::new("besieged", core::slice::from_ref(&KEY), guests);
        Self { service, foe: Foe::new(fuel), heard: Heard::default(), visits: 0 }
    }

    /// The guests behind the service.
    pub fn guests(&mut self) -> &mut G {
        self.service.guests()
    }

    /// Says what stands for that number, and lets the guests work a little.
    ///
    /// # Errors
    /// When an answer makes no sense.
    pub fn next(&mut self, number: u64) -> Result<(), &'static str> {
        let Self { service, foe, heard, .. } = self;
        heard.asked += 1;
        service.receive(&foe.next(number), |frame| heard.hear(frame));
        service.work(|frame| heard.hear(frame));
        if heard.nonsense == 0 { Ok(()) } else { Err("an answer cannot be read") }
    }

    /// Somebody comes who means well, loads each guest, calls it and leaves. With frames that are encrypted, every other
    /// time: no forged one may have moved the counter.
    ///
    /// # Errors
    /// When one of that fails, or a guest leaves something behind.
    pub fn is_well(&mut self) -> Result<(), &'static str> {
        let Self { service, foe, visits, .. } = self;
        *visits += 1;
        let count = service.guests().count();
        let mut client = Client::<_, FRAME>::new(Line { service, answer: Deque::new() }, PATIENCE);
        if *visits % 2 == 0 {
            client.encrypt(KEY.clone(), *foe.counter());
            *foe.counter() += SESSION;
        }
        client.open(0xf000 + *visits, |_| ()).map_err(why)?;
        for guest in 0..count {
            client.select(guest);
            visit(&mut client).map_err(why)?.then_some(()).ok_or("an answer is wrong")?;
        }
        match (0..count).all(|guest| self.guests().heap(guest).used == 0) {
            true => Ok(()),
            false => Err("a guest that is gone left something"),
        }
    }

    /// Whether what was said was neither too tame nor too wild to say something.
    ///
    /// # Errors
    /// When it was not.
    pub fn is_telling(&self) -> Result<(), &'static str> {
        let Heard { refused, failed, granted, .. } = self.heard;
        match [refused, failed, granted].contains(&0) {
            false => Ok(()),
            true => Err("what is said is too tame or too wild"),
        }
    }
}

impl<G> fmt::Display for Siege<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Heard { asked, refused, failed, granted, .. } = self.heard;
        write!(f, "{asked} said, {refused} refused, {failed} failed, {granted} granted")
    }
}

/// What became of somebody who means well.
fn why(error: Error<Lost>) -> &'static str {
    match error {
        Error::TimedOut => "somebody who means well gets no answer",
        Error::Failed(..) => "somebody who means well is refused",
        Error::Wire(Lost) => "an answer is longer than a frame",
        _ => "an answer makes no sense to somebody who means well",
    }
}

/// Whether the guest works, once it is loaded; it is gone afterwards.
fn visit<W: Wire>(client: &mut Client<W, FRAME>) -> Result<bool, Error<W::Error>> {
    client.cancel()?;
    // Else it would go on with what another began to send.
    client.unload()?;
    client.keep(Terms::default())?;
    client.load(WORKER, |_| ())?;
    let mut right = false;
    let expected = (1..=10).rev().fold(0_u32, |sum, left| sum.wrapping_mul(31).wrapping_add(left));
    client.call("work", &10_u32.to_le_bytes(), FUEL, Delivery::Call, |reply| {
        right = reply == expected.to_le_bytes();
    })?;
    client.unload()?;
    Ok(right)
}

impl Heard {
    fn hear(&mut self, wire: &[u8]) {
        let (mut decoder, mut room, mut frames) = (Decoder::<FRAME>::new(), [0; FRAME], 0);
        decoder.push(wire, |frame| {
            frames += 1;
            let opening = Opening {
                decompress: Some(lz4::Decompress::new()),
                decrypt: Some(Decrypt::new(core::slice::from_ref(&KEY), Direction::Reply)),
            };
            let opened = frame.ok().and_then(|frame| codec::open(frame, &opening, &mut room).ok());
            let message = opened.and_then(|opened| Head::split(opened.payload).ok());
            let answer = message.and_then(|(head, body)| Some((head, postcard::from_bytes(body).ok()?)));
            match answer {
                Some((Head { kind: Kind::Answer, sequence: 0, .. }, Answer::Failed { .. })) => {
                    self.refused += 1
                }
                Some((Head { kind: Kind::Answer, .. }, Answer::Failed { .. })) => self.failed += 1,
                Some((Head { kind: Kind::Answer, .. }, _)) => self.granted += 1,
                _ => self.nonsense += 1,
            }
        });
        self.nonsense += u32::from(frames != 1);
    }
}

/// A wire to the service, at whose other end it works when it is listened to.
struct Line<'s, G> {
    service: &'s mut Service<'static, G, FRAME>,
    answer: Deque<u8, { 2 * FRAME }>,
}

impl<G: Guests> Wire for Line<'_, G> {
    type Error = Lost;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Lost> {
        let Self { service, answer } = self;
        // What a foe began ends here.
        let mut lost = false;
        service.receive(bytes, |frame| lost |= frame.iter().any(|byte| answer.push_back(*byte).is_err()));
        if lost { Err(Lost) } else { Ok(()) }
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Lost> {
        let Self { service, answer } = self;
        let mut lost = false;
        service.work(|frame| lost |= frame.iter().any(|byte| answer.push_back(*byte).is_err()));
        let len = answer.len().min(room.len());
        room[..len].iter_mut().for_each(|slot| *slot = answer.pop_front().unwrap_or_default());
        if lost { Err(Lost) } else { Ok(len) }
    }
}

/// There was no room for an answer.
struct Lost;

/// Of the service, and of whoever means well.
static KEY: Key = Key::new(0, [0x42; 32]);

/// More than a call takes.
const FUEL: u64 = 1_000_000;

/// Empty receives after which no answer comes.
const PATIENCE: u32 = 10_000;

/// More frames than somebody who means well sends.
const SESSION: u64 = 1000;
