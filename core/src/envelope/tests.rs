use super::*;
use std::vec::Vec;

/// The predecessor's own frames: version, flags and payload, and the bytes that it wrote.
const GOLDEN_V1: [(Flags, &[u8], &str); 9] = [
    (Flags::NONE, b"", "494101000000000000000000"),
    (Flags::NONE, b"input data", "494101000a0000004a3f1c95696e7075742064617461"),
    (Flags::NONE, b"INPUT DATA", "494101000a000000710d425f494e5055542044415441"),
    (Flags::NONE, b"1,2,3", "4941010005000000eb4d8911312c322c33"),
    (Flags::NONE, b"6", "4941010001000000147ab81d36"),
    (Flags::NONE, b"1,two", "4941010005000000d9250c5e312c74776f"),
    (Flags::ERROR, b"not an integer", "494101080e00000002ba3f8a6e6f7420616e20696e7465676572"),
    (Flags::NONE, b"what time is it?", "494101001000000040df2622776861742074696d652069732069743f"),
    (
        Flags::ERROR,
        b"failed to decode input",
        "49410108160000007bdaa7ee6661696c656420746f206465636f646520696e707574",
    ),
];

/// Checksums by zlib.
const GOLDEN_V2: [(Flags, &[u8], &str); 3] = [
    (Flags::NONE, b"", "494102000000000069d944fc"),
    (Flags::EXPECTS_RESPONSE, b"input data", "494102040a000000d0c40856696e7075742064617461"),
    (Flags::ERROR, b"not an integer", "494102080e000000cda4f1266e6f7420616e20696e7465676572"),
];

#[test]
fn golden_bytes_of_version_1_are_the_predecessors() {
    check_golden(Version::V1, &GOLDEN_V1);
    // What the predecessor's host refused.
    let bad = unhex("494101000300000001000000616263");
    assert_eq!(Envelope::parse(&bad), Err(Error::Checksum));
}

#[test]
fn golden_bytes_of_version_2() {
    check_golden(Version::V2, &GOLDEN_V2);
}

#[test]
fn a_local_header_is_its_golden_bytes_and_opens_only_in_guest_memory() {
    let mut frame = Vec::from(local_header(true, 2));
    frame.extend(b"hi");
    assert_eq!(frame, unhex("4941021402000000000000006869"));
    let local = Envelope::parse_local(&frame).unwrap();
    assert_eq!(local.payload(), b"hi");
    assert_eq!(Envelope::parse(&frame), Err(Error::Local));
    assert_eq!(Envelope::parse_local(&sealed(b"hi")), Err(Error::NotLocal));
    frame[8] = 1;
    assert_eq!(Envelope::parse_local(&frame), Err(Error::Checksum));
    frame[3] |= Flags::ERROR.bits();
    assert_eq!(Envelope::parse_local(&frame), Err(Error::LocalFlags));
    frame[2] = 1;
    assert_eq!(Envelope::parse_local(&frame), Err(Error::UnknownFlags));
    assert_eq!(Envelope::parse(&frame), Err(Error::UnknownFlags));
    assert_eq!(seal_in_place(Version::V2, Flags::LOCAL, 2, &mut frame), Err(Error::Local));
}

#[test]
fn fault_01_every_truncation_is_refused() {
    let frame = sealed(b"some payload");
    for len in 0..frame.len() {
        let expected = if len < HEADER_LEN { Error::Truncated } else { Error::Length };
        assert_eq!(Envelope::parse(&frame[..len]), Err(expected), "{len} bytes");
    }
}

#[test]
fn fault_02_a_length_that_would_wrap_is_refused() {
    let mut frame = sealed(b"some payload");
    for stated in [u32::MAX, u32::MAX - 11, u32::MAX - 12, 13] {
        frame[field::PAYLOAD_LEN].copy_from_slice(&stated.to_le_bytes());
        assert_eq!(Envelope::parse(&frame), Err(Error::Length));
        let local = local_header(true, stated);
        assert_eq!(Envelope::parse_local(&local), Err(Error::Length));
    }
}

#[test]
fn fault_03_any_single_bit_flip_is_refused() {
    let frame = sealed(b"some payload");
    for bit in 0..frame.len() * 8 {
        let mut flipped = frame.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let opened = Envelope::parse(&flipped);
        assert!(opened.is_err(), "bit {bit}: {opened:?}");
        assert!(Envelope::parse_local(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn fault_05_unknown_flags_and_versions_are_refused_each_by_its_name() {
    let header = |version, flags| {
        let mut frame = sealed(b"");
        frame[field::VERSION] = version;
        frame[field::FLAGS] = flags;
        Envelope::parse(&frame).map(|_| ())
    };
    for flags in 0x20..=u8::MAX {
        assert_eq!(header(2, flags), Err(Error::UnknownFlags));
    }
    assert_eq!(header(1, 0x10), Err(Error::UnknownFlags));
    assert_eq!(header(0, 0), Err(Error::VersionZero));
    for version in 3..=u8::MAX {
        assert_eq!(header(version, 0), Err(Error::VersionUnknown));
    }
}

#[test]
fn fault_07_bytes_behind_the_frame_are_refused() {
    let mut frame = sealed(b"some payload");
    frame.push(0);
    assert_eq!(Envelope::parse(&frame), Err(Error::Trailing));
}

#[test]
fn a_foreign_magic_is_refused() {
    let mut frame = sealed(b"");
    frame[0] = 0x41;
    assert_eq!(Envelope::parse(&frame), Err(Error::Magic));
}

#[test]
fn writing_needs_room_for_header_and_payload() {
    let mut out = [0; HEADER_LEN + 4];
    for room in 0..out.len() {
        let encoded = encode(Version::V2, Flags::NONE, b"four", &mut out[..room]);
        assert_eq!(encoded, Err(Error::NoRoom));
    }
    assert_eq!(seal_in_place(Version::V1, Flags::NONE, 5, &mut out), Err(Error::NoRoom));
    assert_eq!(seal_in_place(Version::V1, Flags::NONE, usize::MAX, &mut out), Err(Error::NoRoom));
}

#[test]
fn codes_come_back_as_the_errors_they_stand_for() {
    let known = (0..=u8::MAX).filter_map(Error::from_code);
    assert!(known.clone().all(|error| Error::from_code(error.code()) == Some(error)));
    assert!(known.clone().all(|error| (1..=15).contains(&error.code())));
    assert_eq!(known.count(), 13);
}

fn check_golden(version: Version, golden: &[(Flags, &[u8], &str)]) {
    for &(flags, payload, hex) in golden {
        let frame = unhex(hex);
        let envelope = Envelope::parse(&frame).unwrap();
        let read = (envelope.version(), envelope.flags(), envelope.payload());
        assert_eq!(read, (version, flags, payload));
        let mut out = [0xff; 64];
        let len = encode(version, flags, payload, &mut out).unwrap();
        assert_eq!(out[..len], frame);
        assert_eq!(header(version, flags, payload), frame[..HEADER_LEN]);
    }
}

fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut frame = std::vec![0; HEADER_LEN + payload.len()];
    encode(Version::V2, Flags::EXPECTS_RESPONSE, payload, &mut frame).unwrap();
    frame
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}
