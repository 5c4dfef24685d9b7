use super::*;
use proptest::{collection::vec, prelude::*};
use std::{format, vec::Vec};

const NONCE: Nonce = Nonce { direction: Direction::Request, sender: [1, 2, 3], counter: 5 };

/// Sealed by another implementation of ChaCha20-Poly1305, with the key of bytes 0 to 31, and by zlib.
const GOLDEN: [u8; 54] = [
    0x49, 0x41, 0x02, 0x06, 0x2a, 0x00, 0x00, 0x00, 0x17, 0x85, 0x4b, 0x85, //
    0x07, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, //
    0x57, 0x42, 0xb1, 0x13, 0x4d, 0xdb, 0x3e, 0xc4, 0x55, 0x51, //
    0x7c, 0x59, 0x15, 0x62, 0xbc, 0xf4, 0xfb, 0x9a, 0x13, 0xc1, 0x79, 0x8d, 0x75, 0x9b, 0x2e, 0xbb, //
];

#[test]
fn golden_bytes_of_an_encrypted_frame() {
    let keys = keys();
    let mut frame = encrypted(b"input data");
    assert_eq!(frame, GOLDEN);
    assert_eq!(frame.len(), sealed_len(10, false, true));
    let opened = open(&mut frame, &decrypting(&keys), &mut []).unwrap();
    let expected = Opened {
        version: Version::V2,
        flags: Flags::EXPECTS_RESPONSE | Flags::ENCRYPTED,
        payload: b"input data",
        sealed: Some(Sealed { key: 7, nonce: NONCE }),
    };
    assert_eq!(opened, expected);
}

#[test]
fn golden_bytes_of_a_compressed_frame_by_another_compressor() {
    // Decoded length 12, then: literals "abcd", a match of 8 bytes 4 back.
    let payload = [12, 0, 0, 0, 0x44, b'a', b'b', b'c', b'd', 4, 0, 0];
    let mut frame = compressed_frame(&payload);
    let mut room = [0xff; 64];
    assert_eq!(open(&mut frame, &LZ4, &mut room).unwrap().payload, b"abcdabcdabcd");
}

#[test]
fn fault_06_a_flag_that_cannot_be_honoured_is_unsupported() {
    let mut encrypted = encrypted(b"secret");
    let untouched = encrypted.clone();
    assert_eq!(open(&mut encrypted, &LZ4, &mut []), Err(Error::Unsupported));
    assert_eq!(encrypted, untouched);
    let mut compressed = compressed_frame(&[0, 0, 0, 0, 0]);
    assert_eq!(open(&mut compressed, &Opening::PLAIN, &mut []), Err(Error::Unsupported));
    for flag in [Flags::COMPRESSED, Flags::ENCRYPTED] {
        let sealed = seal(b"", Sealing::plain(Version::V2, flag), &mut [0; 64]);
        assert_eq!(sealed, Err(Error::Unsupported));
    }
}

#[test]
fn fault_08_lz4_bomb() {
    // A megabyte of matches in 4 KiB.
    let mut bomb = Vec::from([0x1f, 0, 1, 0]);
    bomb.extend([0xff; 4096]);
    bomb.extend([0, 0]);
    for (declared, expected) in [
        (u32::MAX, Error::DecodedTooLong),
        (1025, Error::DecodedTooLong),
        (1024, Error::Compressed),
        (0, Error::Compressed),
    ] {
        let mut frame = compressed_frame(&[&declared.to_le_bytes()[..], &bomb].concat());
        let mut room = [0; 1024];
        assert_eq!(open(&mut frame, &LZ4, &mut room), Err(expected), "declared {declared}");
        assert_eq!(room, [0; 1024]);
    }
    for short in 0..4 {
        let mut frame = compressed_frame(&[0; 4][..short]);
        assert_eq!(open(&mut frame, &LZ4, &mut []), Err(Error::CompressedTooShort));
    }
}

#[test]
fn fault_09_lz4_offset_before_the_start_shows_no_old_bytes() {
    // One literal, then a match of 5 that begins 2, 3, … bytes back, where only one was written.
    for offset in [0, 2, 3, 16, 0xffff_u16] {
        let [low, high] = offset.to_le_bytes();
        let payload = [11, 0, 0, 0, 0x11, b'x', low, high, 0x50, 1, 2, 3, 4, 5];
        let mut room = [0xaa; 32];
        let mut frame = compressed_frame(&payload);
        assert_eq!(open(&mut frame, &LZ4, &mut room), Err(Error::Compressed), "offset {offset}");
        assert_eq!(room[..11], [0; 11]);
    }
    // A block that ends before its declared length.
    let mut room = [0xaa; 32];
    let mut frame = compressed_frame(&[11, 0, 0, 0, 0x10, b'x']);
    assert_eq!(open(&mut frame, &LZ4, &mut room), Err(Error::Compressed));
    assert_eq!(room[..11], [0; 11]);
}

#[test]
fn fault_16_tag_failure_wipes_the_payload() {
    let keys = keys();
    let frame = encrypted(b"secret");
    let (sender, counter, text, tag) = (12 + 5, 12 + 8, 12 + 16, frame.len() - 1);
    for at in [sender, counter, text, tag] {
        let mut forged = frame.clone();
        forged[at] ^= 0x80;
        resum(&mut forged);
        let opened = open(&mut forged, &decrypting(&keys), &mut []);
        assert_eq!(opened, Err(Error::Authentication));
        assert!(forged[12 + 16..].iter().all(|&byte| byte == 0));
    }
}

#[test]
fn fault_04_a_checksum_made_to_fit_is_no_proof() {
    // A CRC guards against noise: who changes the bytes changes it too, and the plain frame opens.
    let mut plain = [0; 32];
    let len = seal(b"21.5", Sealing::plain(Version::V2, Flags::NONE), &mut plain).unwrap();
    let mut plain = plain[..len].to_vec();
    plain[12] = b'9';
    resum(&mut plain);
    assert_eq!(open(&mut plain, &Opening::PLAIN, &mut []).unwrap().payload, b"91.5");
    // The tag is what tells.
    let keys = keys();
    let mut forged = encrypted(b"21.5");
    forged[12 + 16] ^= 8;
    resum(&mut forged);
    assert_eq!(open(&mut forged, &decrypting(&keys), &mut []), Err(Error::Authentication));
}

#[test]
fn fault_03_the_tag_covers_the_header() {
    let keys = keys();
    let mut forged = encrypted(b"secret");
    forged[3] ^= Flags::ERROR.bits();
    resum(&mut forged);
    let opened = open(&mut forged, &decrypting(&keys), &mut []);
    assert_eq!(opened, Err(Error::Authentication));
}

#[test]
fn fault_17_a_frame_of_the_other_direction_is_refused() {
    let keys = keys();
    let opening = Opening { decrypt: Some(aead::Decrypt::new(&keys, Direction::Reply)), ..Opening::PLAIN };
    assert_eq!(open(&mut encrypted(b"secret"), &opening, &mut []), Err(Error::Direction));
    // Turned around by hand, it is another nonce.
    let mut turned = encrypted(b"secret");
    turned[12 + 4] = Direction::Reply as u8;
    resum(&mut turned);
    assert_eq!(open(&mut turned, &opening, &mut []), Err(Error::Authentication));
    turned[12 + 4] = 2;
    resum(&mut turned);
    assert_eq!(open(&mut turned, &opening, &mut []), Err(Error::Direction));
}

#[test]
fn fault_18_unknown_and_wrong_keys_are_refused() {
    let open_with = |keys: &[Key]| open(&mut encrypted(b"secret"), &decrypting(keys), &mut []).map(|_| ());
    assert_eq!(open_with(&[]), Err(Error::UnknownKey));
    assert_eq!(open_with(&[Key::new(8, [0; 32])]), Err(Error::UnknownKey));
    assert_eq!(open_with(&[Key::new(7, [0; 32])]), Err(Error::Authentication));
    let [key] = keys();
    assert_eq!(open_with(&[Key::new(8, [0; 32]), key]), Ok(()));
}

#[test]
fn an_encrypted_payload_has_room_for_key_nonce_and_tag() {
    let keys = keys();
    for len in 0..32 {
        let mut frame = std::vec![0; HEADER_LEN + len];
        envelope::seal_in_place(Version::V2, Flags::ENCRYPTED, len, &mut frame).unwrap();
        let opened = open(&mut frame, &decrypting(&keys), &mut []);
        assert_eq!(opened, Err(Error::EncryptedTooShort));
    }
}

#[test]
fn a_key_is_never_printed() {
    let [key] = keys();
    assert_eq!(format!("{key:?}"), "Key { id: 7, .. }");
    let sealing = aead::Encrypt::new(&key, NONCE);
    assert!(!format!("{sealing:?}").contains("bytes"));
}

#[test]
fn nonces_come_back_from_their_bytes() {
    assert_eq!(NONCE.to_bytes(), [0, 1, 2, 3, 5, 0, 0, 0, 0, 0, 0, 0]);
    let last = Nonce { direction: Direction::Reply, sender: [255; 3], counter: u64::MAX - 1 };
    assert_eq!(Nonce::from_bytes(last.to_bytes()), Some(last));
}

proptest! {
    #[test]
    fn what_was_sealed_opens_again(
        payload in vec(any::<u8>(), 0..2000),
        repeat in 1..4_usize,
        compress: bool,
        encrypt: bool,
        version in prop_oneof![Just(Version::V1), Just(Version::V2)],
    ) {
        let payload = payload.repeat(repeat);
        let (keys, mut table) = (keys(), lz4::Table::new());
        let mut frame = std::vec![0; sealed_len(payload.len(), compress, encrypt)];
        let sealing = Sealing {
            compress: compress.then(|| table.compress()),
            encrypt: encrypt.then(|| aead::Encrypt::new(&keys[0], NONCE)),
            ..Sealing::plain(version, Flags::ERROR)
        };
        let len = seal(&payload, sealing, &mut frame).unwrap();
        prop_assert!(compress || len == frame.len());
        let opening = Opening { decompress: LZ4.decompress, ..decrypting(&keys) };
        let mut room = std::vec![0; payload.len()];
        let opened = open(&mut frame[..len], &opening, &mut room).unwrap();
        prop_assert_eq!(opened.payload, &payload[..]);
        prop_assert_eq!(opened.version, version);
        prop_assert_eq!(opened.flags.contains(Flags::COMPRESSED), compress);
        prop_assert_eq!(opened.sealed.is_some(), encrypt);
    }

    #[test]
    fn any_bytes_open_or_are_an_error(
        flags in 0..8_u8,
        declared in 0..512_u32,
        mut payload in vec(any::<u8>(), 0..400),
    ) {
        let keys = keys();
        if let Some(length) = payload.first_chunk_mut() {
            *length = declared.to_le_bytes();
        }
        let mut frame = std::vec![0; HEADER_LEN + payload.len()];
        let flags = Flags::from_bits(flags).unwrap();
        envelope::encode(Version::V2, flags, &payload, &mut frame).unwrap();
        let opening = Opening { decompress: LZ4.decompress, ..decrypting(&keys) };
        let _ = open(&mut frame, &opening, &mut [0; 256]);
    }

    #[test]
    fn too_little_room_is_an_error(room in 0..200_usize, compress: bool, encrypt: bool) {
        let (keys, mut table) = (keys(), lz4::Table::new());
        let sealing = Sealing {
            compress: compress.then(|| table.compress()),
            encrypt: encrypt.then(|| aead::Encrypt::new(&keys[0], NONCE)),
            ..Sealing::plain(Version::V2, Flags::NONE)
        };
        let enough = sealed_len(100, compress, encrypt);
        let sealed = seal(&[9; 100], sealing, &mut std::vec![0; room]);
        prop_assert_eq!(sealed.is_ok(), room >= enough, "{:?}", sealed);
        if room < enough {
            prop_assert_eq!(sealed, Err(Error::Envelope(envelope::Error::NoRoom)));
        }
    }
}

/// Decompresses, but does not decrypt.
const LZ4: Opening<'static> = Opening { decompress: Some(lz4::Decompress::new()), decrypt: None };

fn decrypting(keys: &[Key]) -> Opening<'_> {
    Opening { decrypt: Some(aead::Decrypt::new(keys, Direction::Request)), ..Opening::PLAIN }
}

fn keys() -> [Key; 1] {
    [Key::new(7, core::array::from_fn(|at| at as u8))]
}

fn encrypted(payload: &[u8]) -> Vec<u8> {
    let [key] = keys();
    let mut frame = std::vec![0; sealed_len(payload.len(), false, true)];
    let sealing = Sealing {
        encrypt: Some(aead::Encrypt::new(&key, NONCE)),
        ..Sealing::plain(Version::V2, Flags::EXPECTS_RESPONSE)
    };
    assert_eq!(seal(payload, sealing, &mut frame), Ok(frame.len()));
    frame
}

fn compressed_frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = std::vec![0; HEADER_LEN + payload.len()];
    envelope::encode(Version::V2, Flags::COMPRESSED, payload, &mut frame).unwrap();
    frame
}

/// Gives a forged frame the checksum that a forger would.
fn resum(frame: &mut [u8]) {
    let flags = Flags::from_bits(frame[3]).unwrap();
    envelope::seal_in_place(Version::V2, flags, frame.len() - HEADER_LEN, frame).unwrap();
}
