//! Damaged frames: opened, and what they carry handed to a guest; and handed to it as they are.

use core::fmt;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    codec::{self, Direction, Key, Nonce, Opening, Sealing, aead, lz4},
    engine::Limits,
    envelope::{Flags, Version},
    error::Error,
    guest::Guest,
};
use aingle_wasm_tests::{Damage, IMPORTS, Probe, damage::mix, guests};
use heapless::Vec;

use crate::emulated::{Done, compartments::Lab};

/// Frames of every kind, and what became of damaged ones.
pub struct Frames {
    sound: [Frame; 4],
    keys: [Key; 1],
    refused: u32,
    opened: u32,
    called: u32,
    trapped: u32,
}

type Frame = Vec<u8, 512>;

impl Frames {
    /// Makes the frames, and loads the guest that takes them.
    pub fn new(lab: &mut Lab) -> Done<Self> {
        let keys = [Key::new(7, [0x42; 32])];
        let mut table = lz4::Table::new();
        let nonce = Nonce { direction: Direction::Request, sender: [0, 0, 1], counter: 1 };
        let encrypt = || Some(aead::Encrypt::new(&keys[0], nonce));
        let plain = |version| Sealing::plain(version, Flags::NONE);
        let sound = [
            seal(plain(Version::V1)),
            seal(plain(Version::V2)),
            seal(Sealing { compress: Some(table.compress()), ..plain(Version::V2) }),
            seal(Sealing { encrypt: encrypt(), ..plain(Version::V2) }),
        ];
        let [Some(a), Some(b), Some(c), Some(d)] = sound else { return Err("a frame cannot be sealed") };
        load(lab).map_err(|_| "the guest that takes frames does not load")?;
        Ok(Self { sound: [a, b, c, d], keys, refused: 0, opened: 0, called: 0, trapped: 0 })
    }

    /// Does the damage of that number to one of the frames.
    pub fn next(&mut self, lab: &mut Lab, number: u64) -> Done {
        let mut frame = self.sound[(mix(!number) % 4) as usize].clone();
        let left = Damage::new(number, frame.len()).done_to(&mut frame);
        frame.truncate(left);
        self.hand_over(lab, &frame)?;
        let opening = Opening {
            decompress: Some(lz4::Decompress::new()),
            decrypt: Some(aead::Decrypt::new(&self.keys, Direction::Request)),
        };
        let mut room = [0; 512];
        let Ok(opened) = codec::open(&mut frame, &opening, &mut room) else {
            self.refused += 1;
            return Ok(());
        };
        self.opened += 1;
        let payload = opened.payload;
        let echoed = lab.compartment.with(|guest| {
            let mut entry = guest.entry("echo")?;
            guest.call(&mut entry, payload, FUEL, |reply| reply == Ok(payload))
        });
        match echoed {
            Ok(Ok(true)) => Ok(()),
            _ => Err("a frame's payload does not come back"),
        }
    }

    /// The frame itself, which the guest hands to its host.
    fn hand_over(&mut self, lab: &mut Lab, frame: &[u8]) -> Done {
        let ended = lab.compartment.with(|guest| {
            let mut entry = guest.entry("ask")?;
            guest.call_raw_frame(&mut entry, frame, FUEL, |_, _| ())
        });
        match ended {
            Ok(Ok(())) => self.called += 1,
            Ok(Err(Error::Trap(_))) => self.trapped += 1,
            _ => return Err("a frame is too much for its guest"),
        }
        Ok(())
    }

    /// Whether the damage was neither so small nor so large that it says nothing.
    pub fn is_telling(&self) -> Done {
        match [self.refused, self.opened, self.called, self.trapped].contains(&0) {
            false => Ok(()),
            true => Err("the damage to frames is too small or too large"),
        }
    }
}

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { refused, opened, called, trapped, .. } = self;
        write!(f, "{refused} refused, {opened} opened; as they are {called} answered, {trapped} trapped")
    }
}

fn load(lab: &mut Lab) -> Result<(), Error> {
    lab.compartment
        .load(|| Guest::load(Engine::default(), guests::PREDECESSOR, LIMITS, IMPORTS, Probe::default()))
}

fn seal(sealing: Sealing<'_>) -> Option<Frame> {
    let mut frame = Frame::new();
    frame.resize_default(frame.capacity()).ok()?;
    let len = codec::seal(PAYLOAD, sealing, &mut frame).ok()?;
    frame.truncate(len);
    Some(frame)
}

/// Something that can be compressed.
const PAYLOAD: &[u8] = b"temperature=21.5;temperature=21.5;temperature=21.5;temperature=21.5";

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };

const FUEL: u64 = 20_000;
