//! What the list of faults knows of frames, done to a sound one whose checksum then fits.

use aingle_wasm_core::{crc::Crc32, envelope::HEADER_LEN};

use super::{dice::Dice, foe::Envelope};

/// Does one of them.
pub fn done_to(dice: &mut Dice, envelope: &mut Envelope) {
    // Whatever has no room is as hostile without it.
    if envelope.len() > HEADER_LEN {
        dice.pick(FAULTS)(dice, envelope);
    }
}

type Fault = fn(&mut Dice, &mut Envelope);

const FAULTS: &[Fault] = &[
    fault_01_truncation,
    fault_02_a_length_that_would_wrap,
    fault_04_a_checksum_made_to_fit,
    fault_05_versions_and_flags,
    fault_07_bytes_behind_the_frame,
    fault_08_lz4_bomb,
    fault_09_lz4_offset_before_the_start,
    fault_11_two_frames_glued,
    fault_14_a_forged_counter,
    fault_16_tag_failure,
];

fn fault_01_truncation(dice: &mut Dice, envelope: &mut Envelope) {
    envelope.truncate(dice.roll(envelope.len()));
}

fn fault_02_a_length_that_would_wrap(dice: &mut Dice, envelope: &mut Envelope) {
    let len = dice.pick(&[0, 0x7fff_ffff, 0x8000_0000, u32::MAX - 11, u32::MAX]);
    envelope[4..8].copy_from_slice(&len.to_le_bytes());
    resum(envelope);
}

fn fault_04_a_checksum_made_to_fit(dice: &mut Dice, envelope: &mut Envelope) {
    let at = HEADER_LEN + dice.roll(envelope.len() - HEADER_LEN);
    envelope[at] ^= 1 << dice.roll(8);
    resum(envelope);
}

fn fault_05_versions_and_flags(dice: &mut Dice, envelope: &mut Envelope) {
    envelope[2] = dice.pick(&[0, 1, 2, 3, u8::MAX]);
    envelope[3] = dice.roll(256) as u8;
    resum(envelope);
}

fn fault_07_bytes_behind_the_frame(dice: &mut Dice, envelope: &mut Envelope) {
    _ = envelope.push(dice.roll(256) as u8);
}

/// A few bytes that stand for as many as there may be.
fn fault_08_lz4_bomb(dice: &mut Dice, envelope: &mut Envelope) {
    let declared = dice.pick(&[0, 100, 1 << 20, u32::MAX]);
    let repeated = [0xff; 100];
    compressed(envelope, declared, &[&[0x1f, 0, 1, 0], &repeated, &[0, 0]]);
}

fn fault_09_lz4_offset_before_the_start(dice: &mut Dice, envelope: &mut Envelope) {
    let offset = dice.pick(&[0, 2, 0x100, u16::MAX]).to_le_bytes();
    compressed(envelope, 11, &[&[0x11, b'x'], &offset, &[0x50, 1, 2, 3, 4, 5]]);
}

fn fault_11_two_frames_glued(_: &mut Dice, envelope: &mut Envelope) {
    let copy = envelope.clone();
    _ = envelope.extend_from_slice(&copy);
}

/// Were it believed before its tag, no honest frame would be taken any more.
fn fault_14_a_forged_counter(_: &mut Dice, envelope: &mut Envelope) {
    envelope[3] |= ENCRYPTED;
    let counter = HEADER_LEN + 4 + 4;
    if let Some(bytes) = envelope.get_mut(counter..counter + 8) {
        bytes.fill(0xff);
    }
    resum(envelope);
}

fn fault_16_tag_failure(dice: &mut Dice, envelope: &mut Envelope) {
    envelope[3] |= ENCRYPTED;
    if let Some(last) = envelope.last_mut() {
        *last ^= 1 << dice.roll(8);
    }
    resum(envelope);
}

fn compressed(envelope: &mut Envelope, declared: u32, block: &[&[u8]]) {
    envelope.truncate(HEADER_LEN);
    for part in [&declared.to_le_bytes()[..]].iter().chain(block) {
        _ = envelope.extend_from_slice(part);
    }
    envelope[3] = COMPRESSED;
    let len = (envelope.len() - HEADER_LEN) as u32;
    envelope[4..8].copy_from_slice(&len.to_le_bytes());
    resum(envelope);
}

/// Gives it the checksum of its version.
fn resum(envelope: &mut Envelope) {
    let mut crc = Crc32::new();
    if envelope[2] != 1 {
        crc.update(&envelope[..8]);
    }
    crc.update(&envelope[HEADER_LEN..]);
    envelope[8..HEADER_LEN].copy_from_slice(&crc.finish().to_le_bytes());
}

// As the envelope's header has them.
const COMPRESSED: u8 = 0x01;
const ENCRYPTED: u8 = 0x02;
