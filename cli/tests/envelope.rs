//! `envelope`: what is encoded is decoded again, and what is wrong is said.

#![forbid(unsafe_code)]

mod support;

use support::{run, run_with};

fn encode(arguments: &[&str]) -> Vec<u8> {
    run(&[&["envelope", "encode"], arguments].concat()).expect(0).stdout
}

fn decode(frame: &[u8], arguments: &[&str]) -> support::Ran {
    run_with(&[&["envelope", "decode"], arguments].concat(), frame)
}

#[test]
fn version_1_is_written_byte_for_byte() {
    let frame = encode(&["--input", "hello", "--version", "1"]);
    assert_eq!(frame, *b"\x49\x41\x01\x00\x05\x00\x00\x00\x86\xa6\x10\x36hello");
}

#[test]
fn every_kind_of_envelope_comes_back() {
    let key = "42".repeat(32);
    let secret = ["--key-hex", &key, "--key-id", "7", "--nonce-hex", "000000010200000000000000"];
    let text = "cold chain ".repeat(50);
    for version in ["1", "2"] {
        for flags in [&[][..], &["--compress"], &["--expects-response"], &["--error", "--compress"]] {
            for secret in [&[][..], &secret] {
                let input = ["--input", &text, "--version", version];
                let frame = encode(&[&input, flags, secret].concat());
                let page = decode(&frame, &["--json", "--key-hex", &key]).expect(0).json();
                assert_eq!(
                    (&page["outcome"], &page["payload_text"]),
                    (&"decoded".into(), &text.as_str().into())
                );
                assert_eq!(page["version"].to_string(), version);
                let names = page["flags"].as_array().unwrap();
                assert_eq!(names.len(), flags.len() + usize::from(!secret.is_empty()), "{page}");
                if !secret.is_empty() {
                    assert_eq!((&page["key_id"], &page["nonce_hex"]), (&7.into(), &secret[5].into()));
                }
            }
        }
    }
}

#[test]
fn a_decoded_payload_goes_to_standard_output_and_the_header_beside() {
    let ran = decode(&encode(&["--input-hex", "00ff", "--expects-response"]), &[]).expect(0);
    assert_eq!(ran.stdout, [0x00, 0xff]);
    assert!(ran.stderr.starts_with("version 2, flags expects_response, checksum "), "{}", ran.stderr);
}

#[test]
fn what_is_wrong_with_an_envelope_is_said() {
    let frame = encode(&["--input", "hello"]);
    let changed = |at: usize, bit: u8| {
        let mut frame = frame.clone();
        frame[at] ^= bit;
        frame
    };
    let cases = [
        (frame[..frame.len() - 1].to_vec(), "longer payload"),
        ([&frame[..], b"x"].concat(), "bytes behind"),
        (changed(0, 1), "magic"),
        (changed(2, 4), "version"),
        (changed(3, 0x80), "flag"),
        (changed(3, 0x10), "local"),
        (changed(12, 1), "checksum"),
        (changed(3, 0x04), "checksum"),
    ];
    for (frame, word) in cases {
        let ran = decode(&frame, &[]).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(word), "{word}: {}", ran.stderr);
        let page = decode(&frame, &["--json"]).expect(2).json();
        assert_eq!(page["outcome"], "failed");
        assert!(page["message"].as_str().unwrap().contains(word) && page["payload_hex"].is_null());
    }
}

#[test]
fn a_payload_is_not_shown_without_its_key() {
    let (key, other) = ("42".repeat(32), "43".repeat(32));
    let frame = encode(&["--input", "hello", "--key-hex", &key, "--nonce-hex", &"00".repeat(12)]);
    assert!(decode(&frame, &[]).expect(2).stderr.contains("--key-hex"));
    let page = decode(&frame, &["--key-hex", &other, "--json"]).expect(2).json();
    assert!(page["payload_hex"].is_null() && page["message"].as_str().unwrap().contains("tag"), "{page}");
}

#[test]
fn keys_and_nonces_are_checked() {
    let key = "42".repeat(32);
    let bad = |arguments: &[&str]| run(&[&["envelope", "encode"], arguments].concat()).expect(2).stderr;
    assert!(bad(&["--key-hex", &key]).contains("--nonce-hex"));
    assert!(bad(&["--key-hex", "42", "--nonce-hex", &"00".repeat(12)]).contains("64 hex digits"));
    assert!(bad(&["--key-hex", &key, "--nonce-hex", &"02".repeat(12)]).contains("begins with 00"));
    bad(&["--version", "3"]);
}
