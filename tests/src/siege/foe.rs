//! Somebody hostile at the other end of a link: frames made of numbers, the same on every machine.

use aingle_wasm_core::{
    codec::{self, Direction, Key, Nonce, Sealing, aead::Encrypt, lz4},
    crc::crc32,
    envelope::{Flags, Version},
    link::{
        Delivery, Head, Request, Terms, frame,
        guests::Body,
        message::{HEAD_LEN, Kind},
    },
};
use heapless::Vec;

use super::{
    FRAME, KEY,
    dice::{Dice, damage},
    faults,
    words::{CHUNK, MODULES, POLICIES, REQUEST, arguments, entry},
};
use crate::{damage::mix, guests};

/// Says something else for every number.
///
/// ```text
/// request ──► message ──► envelope ──► wire
///  nonsense    damaged,    damaged,     damaged
///              sealed      or a fault of the list with a checksum that fits
/// ```
pub struct Foe {
    sequence: u16,
    counter: u64,
    upload: Option<Upload>,
    /// The guest whose module was the last to be sent whole.
    loaded: u8,
    fuel: u64,
    table: lz4::Table,
}

/// A body of which parts are sent, as somebody well-meaning would.
#[derive(Clone, Copy)]
struct Upload {
    guest: u8,
    body: Body,
    bytes: &'static [u8],
    next: usize,
}

/// Where it goes wrong.
#[derive(Clone, Copy, PartialEq)]
enum Harm {
    None,
    Message,
    Seal,
    Envelope,
    Fault,
    Wire,
}

const HARMS: &[Harm] =
    &[Harm::Message, Harm::Message, Harm::Seal, Harm::Envelope, Harm::Fault, Harm::Fault, Harm::Wire];

/// An envelope, or more than one.
pub type Envelope = Vec<u8, { 2 * FRAME }>;

/// What goes over the wire.
pub type Wire = Vec<u8, { 3 * FRAME }>;

impl Foe {
    /// One whose calls have at most so much fuel.
    pub fn new(fuel: u64) -> Self {
        Self { sequence: 0, counter: 1, upload: None, loaded: 0, fuel, table: lz4::Table::new() }
    }

    /// The counter of the next encrypted frame: for somebody else who has the same key.
    pub fn counter(&mut self) -> &mut u64 {
        &mut self.counter
    }

    /// What it says at that number.
    pub fn next(&mut self, number: u64) -> Wire {
        let mut dice = Dice(mix(number));
        let mut message = Vec::<u8, FRAME>::new();
        // All of it fits, or less of it is said.
        _ = message.resize_default(FRAME);
        let len = self.message(&mut dice, &mut message);
        message.truncate(len);
        // Else too little would be granted for anything to happen.
        let harm = match dice.roll(3) {
            0 => dice.pick(HARMS),
            _ => Harm::None,
        };
        if harm == Harm::Message {
            damage(&mut dice, &mut message);
        }
        let mut envelope = self.envelope(&mut dice, harm, &message);
        match harm {
            Harm::Envelope => damage(&mut dice, &mut envelope),
            Harm::Fault => faults::done_to(&mut dice, &mut envelope),
            _ => (),
        }
        let mut wire = Wire::new();
        _ = wire.resize_default(wire.capacity());
        let len = frame::encode(&envelope, &mut wire).unwrap_or_default();
        wire.truncate(len);
        if harm == Harm::Wire {
            damage(&mut dice, &mut wire);
        }
        wire
    }

    fn message(&mut self, dice: &mut Dice, out: &mut [u8]) -> usize {
        // Now and then a number comes again.
        self.sequence = self.sequence.wrapping_add(u16::from(dice.roll(8) > 0));
        let kind = if dice.roll(16) == 0 { Kind::Answer } else { Kind::Request };
        let (guest, request) = self.request(dice);
        let head = Head { kind, guest, sequence: self.sequence };
        out[..HEAD_LEN].copy_from_slice(&head.to_bytes());
        HEAD_LEN + postcard::to_slice(&request, &mut out[HEAD_LEN..]).map_or(0, |body| body.len())
    }

    fn request(&mut self, dice: &mut Dice) -> (u8, Request<'static>) {
        let guest = dice.pick(&[self.loaded, self.loaded, self.loaded, self.loaded, 0, 1, 2, u8::MAX]);
        let request = match dice.roll(24) {
            0..6 => return self.part(dice),
            6..12 => Request::Call {
                entry: entry(dice),
                fuel: self.fuel(dice),
                empty: dice.roll(2) == 0,
                delivery: dice.pick(&[Delivery::Call, Delivery::Call, Delivery::Event, Delivery::Raw]),
            },
            12 => Request::Store {
                body: dice.pick(&[Body::Module, Body::Request]),
                offset: dice.number(),
                total: dice.number(),
                crc: dice.number(),
                bytes: &guests::OURS[..dice.roll(CHUNK)],
            },
            13 => Request::Invoke { export: entry(dice), fuel: self.fuel(dice), arguments: arguments(dice) },
            14 => Request::Load,
            15 => Request::Fetch { offset: dice.number(), most: dice.number() },
            16 => Request::Unload,
            17 => Request::Log,
            18 => Request::Await,
            19 => Request::Cancel,
            20 => Request::Health,
            21 => Request::Keep(Terms {
                policy: dice.pick(POLICIES),
                weight: dice.number() as u8,
                abstentions: dice.number() as u8,
            }),
            22 => Request::Revive,
            _ => Request::Info,
        };
        (guest, request)
    }

    /// The next part of a body, and what a whole one is for.
    fn part(&mut self, dice: &mut Dice) -> (u8, Request<'static>) {
        let Upload { guest, body, bytes, next } = *self.upload.get_or_insert_with(|| match dice.roll(3) {
            0 => Upload { guest: self.loaded, body: Body::Request, bytes: REQUEST, next: 0 },
            _ => Upload {
                guest: dice.pick(&[0, 1, 2]),
                body: Body::Module,
                bytes: if dice.roll(3) > 0 { guests::WORKER } else { dice.pick(MODULES) },
                next: 0,
            },
        });
        let (offset, total) = (next as u32, bytes.len() as u32);
        if next < bytes.len() {
            let part = &bytes[next..bytes.len().min(next + CHUNK)];
            self.upload = Some(Upload { guest, body, bytes, next: next + part.len() });
            return (guest, Request::Store { body, offset, total, crc: crc32(bytes), bytes: part });
        }
        self.upload = None;
        match body {
            Body::Module => {
                self.loaded = guest;
                (guest, Request::Load)
            }
            Body::Request => {
                let (entry, fuel) = (entry(dice), self.fuel(dice));
                (guest, Request::Call { entry, fuel, empty: false, delivery: Delivery::Call })
            }
        }
    }

    fn fuel(&self, dice: &mut Dice) -> u64 {
        dice.pick(&[0, 1, 500, 20_000, self.fuel])
    }

    fn envelope(&mut self, dice: &mut Dice, harm: Harm, message: &[u8]) -> Envelope {
        let mut envelope = Envelope::new();
        _ = envelope.resize_default(envelope.capacity());
        let wrong = Key::new(dice.number(), [7; 32]);
        // One of nobody's, one of the board's own, an old one; or a new one.
        let (key, direction, counter) = match (harm, dice.roll(3)) {
            (Harm::Seal, 0) => (&wrong, Direction::Request, u64::MAX),
            (Harm::Seal, 1) => (&KEY, Direction::Reply, self.counter),
            (Harm::Seal, _) => (&KEY, Direction::Request, self.counter / 2),
            _ => (&KEY, Direction::Request, self.counter),
        };
        let encrypt = Some(Encrypt::new(key, Nonce { direction, sender: [0; 3], counter }));
        let plain = Sealing::plain(Version::V2, Flags::EXPECTS_RESPONSE);
        let sealing = match (harm, dice.roll(8)) {
            (Harm::Seal, _) => Sealing { encrypt, ..plain },
            (_, 0) => {
                self.counter += 1;
                Sealing { encrypt, ..plain }
            }
            (_, 1) => Sealing { compress: Some(self.table.compress()), ..plain },
            (_, 2) => Sealing::plain(Version::V1, Flags::NONE),
            _ => plain,
        };
        let len = codec::seal(message, sealing, &mut envelope).unwrap_or_default();
        envelope.truncate(len);
        envelope
    }
}
