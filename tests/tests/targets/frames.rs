//! Frames that no target takes: each is refused by its own code, the same everywhere, and the next good frame is
//! answered. The numbers are those of the project's list of faults.

use std::fmt::Display;

use aingle_wasm_core::{
    codec::{self, Direction, Nonce, Sealing, aead::Encrypt},
    crc::Crc32,
    envelope::{self, Envelope, Flags, Version},
    link::{
        Answer, Head, Request, Wire,
        frame::{self, Decoder},
        message::Kind,
    },
};
use libtest_mimic::Trial;

use crate::{
    Done,
    all::PLENTY,
    ensure,
    local::{self, Act, DEVELOPMENT_KEY, FRAME},
    trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    let cases: [(&str, Make); 9] = [
        ("fault_01::every_truncation", truncations),
        ("fault_02::a_length_that_would_wrap", || {
            vec![(edited(4, &[0xff; 4]), envelope::Error::Length.into())]
        }),
        ("fault_03::every_single_bit_flip", bit_flips),
        ("fault_04::a_checksum_made_to_fit", checksum_made_to_fit),
        ("fault_05::versions_and_flags", versions_and_flags),
        ("fault_07::bytes_behind_the_frame", || {
            vec![([&good(1)[..], &[0]].concat(), envelope::Error::Trailing.into())]
        }),
        ("fault_08::lz4_bomb", bombs),
        ("fault_09::lz4_offset_before_the_start", || {
            vec![(compressed(11, &[0x11, b'x', 2, 0, 0x50, 1, 2, 3, 4, 5]), codec::Error::Compressed)]
        }),
        ("fault_16::tag_failure", tag_failures),
    ];
    for (name, frames) in cases {
        trials.push(trial(name, move || local::each(Refused(frames()))));
    }
}

/// An envelope, and why it is refused.
type Bad = (Vec<u8>, codec::Error);

type Make = fn() -> Vec<Bad>;

struct Refused(Vec<Bad>);

impl Act for Refused {
    fn on<W: Wire<Error: Display>>(&self, wire: W) -> Done {
        let mut line = Line { wire, decoder: Decoder::new() };
        ensure!(line.exchange(&good(1))? == (1, None), "the target does not begin");
        for (at, (frame, expected)) in self.0.iter().enumerate() {
            let answer = line.exchange(frame)?;
            ensure!(answer == (0, Some(expected.code())), "frame {at}: {answer:?}, not {expected}");
            let sequence = at as u16 + 2;
            let answer = line.exchange(&good(sequence))?;
            ensure!(answer == (sequence, None), "after frame {at}: {answer:?}");
        }
        Ok(())
    }
}

/// A wire on which one frame is answered after the other.
struct Line<W> {
    wire: W,
    decoder: Decoder<FRAME>,
}

impl<W: Wire<Error: Display>> Line<W> {
    /// Sequence number of the answer to `envelope`, and its code if it says that something failed.
    fn exchange(&mut self, envelope: &[u8]) -> Result<(u16, Option<u8>), String> {
        let (mut wire, mut bytes) = (vec![0; frame::encoded_len(envelope.len())], [0; 256]);
        let len = frame::encode(envelope, &mut wire).map_err(|error| error.to_string())?;
        self.wire.send(&wire[..len]).map_err(|error| error.to_string())?;
        let mut answer = None;
        for _ in 0..PATIENCE {
            let len = self.wire.receive(&mut bytes).map_err(|error| error.to_string())?;
            self.decoder.push(&bytes[..len], |frame| answer = frame.ok().and_then(|frame| read(frame)));
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
        Err("no answer".to_owned())
    }
}

fn read(envelope: &[u8]) -> Option<(u16, Option<u8>)> {
    let (head, body) = Head::split(Envelope::parse(envelope).ok()?.payload()).ok()?;
    match postcard::from_bytes(body).ok()? {
        Answer::Failed { code, .. } => Some((head.sequence, Some(code))),
        _ => Some((head.sequence, None)),
    }
}

fn truncations() -> Vec<Bad> {
    let frame = good(1);
    let cut = |len| match len {
        ..envelope::HEADER_LEN => envelope::Error::Truncated,
        _ => envelope::Error::Length,
    };
    (1..frame.len()).map(|len| (frame[..len].to_vec(), cut(len).into())).collect()
}

fn bit_flips() -> Vec<Bad> {
    let flip = |bit: usize| {
        let mut frame = good(1);
        frame[bit / 8] ^= 1 << (bit % 8);
        let error = Envelope::parse(&frame).map(drop).expect_err("a flipped bit goes unseen");
        (frame, error.into())
    };
    (0..good(1).len() * 8).map(flip).collect()
}

/// Whoever can change the bytes can change the checksum too: only the tag tells.
fn checksum_made_to_fit() -> Vec<Bad> {
    let mut frame = encrypted();
    let text = frame.len() - 20;
    frame[text] ^= 1;
    vec![(resummed(frame), codec::Error::Authentication)]
}

fn versions_and_flags() -> Vec<Bad> {
    vec![
        (edited(2, &[0]), envelope::Error::VersionZero.into()),
        (edited(2, &[3]), envelope::Error::VersionUnknown.into()),
        (edited(3, &[0x20]), envelope::Error::UnknownFlags.into()),
        (edited(3, &[0x80]), envelope::Error::UnknownFlags.into()),
        (edited(3, &[0x10]), envelope::Error::Local.into()),
    ]
}

fn bombs() -> Vec<Bad> {
    let mut bomb = vec![0x1f, 0, 1, 0];
    bomb.extend([0xff; 400]);
    bomb.extend([0, 0]);
    vec![
        (compressed(u32::MAX, &bomb), codec::Error::DecodedTooLong),
        (compressed(1 << 20, &bomb), codec::Error::DecodedTooLong),
        (compressed(1000, &bomb), codec::Error::Compressed),
        (compressed(0, &bomb), codec::Error::Compressed),
    ]
}

fn tag_failures() -> Vec<Bad> {
    let frame = encrypted();
    let (sender, counter, text, tag) = (12 + 5, 12 + 8, 12 + 16, frame.len() - 1);
    let forge = |at: usize| {
        let mut forged = frame.clone();
        forged[at] ^= 0x80;
        (resummed(forged), codec::Error::Authentication)
    };
    [sender, counter, text, tag].map(forge).into()
}

/// A good request of that number.
fn good(sequence: u16) -> Vec<u8> {
    sealed(&message(sequence), Sealing::plain(Version::V2, Flags::EXPECTS_RESPONSE))
}

fn encrypted() -> Vec<u8> {
    let nonce = Nonce { direction: Direction::Request, sender: [0; 3], counter: PLENTY };
    let key = DEVELOPMENT_KEY;
    let encrypt = Some(Encrypt::new(&key, nonce));
    sealed(&message(1), Sealing { encrypt, ..Sealing::plain(Version::V2, Flags::NONE) })
}

/// An envelope that says that it is compressed.
fn compressed(declared: u32, block: &[u8]) -> Vec<u8> {
    let payload = [&declared.to_le_bytes()[..], block].concat();
    let mut frame = sealed(&payload, Sealing::plain(Version::V2, Flags::NONE));
    frame[3] = Flags::COMPRESSED.bits();
    resummed(frame)
}

/// A good request with `bytes` at `at`, and a checksum that fits.
fn edited(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = good(1);
    frame[at..at + bytes.len()].copy_from_slice(bytes);
    resummed(frame)
}

fn resummed(mut frame: Vec<u8>) -> Vec<u8> {
    let mut crc = Crc32::new();
    crc.update(&frame[..8]);
    crc.update(&frame[12..]);
    frame[8..12].copy_from_slice(&crc.finish().to_le_bytes());
    frame
}

fn message(sequence: u16) -> Vec<u8> {
    let head = Head { kind: Kind::Request, guest: 0, sequence }.to_bytes();
    [&head[..], &postcard::to_allocvec(&Request::Info).unwrap_or_default()].concat()
}

fn sealed(payload: &[u8], sealing: Sealing<'_>) -> Vec<u8> {
    let mut frame = vec![0; payload.len() + 64];
    let len = codec::seal(payload, sealing, &mut frame).unwrap_or_default();
    frame.truncate(len);
    frame
}

/// Empty receives after which no answer comes.
const PATIENCE: u32 = 600;
