//! Entries that need features, called as the functions that they stay.
#![cfg(all(feature = "typed", feature = "fmt"))]

use aingle_wasm_guest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Reading<'a> {
    place: &'a str,
    degrees: i32,
}

#[derive(Debug, PartialEq, Serialize)]
enum Verdict {
    Cold,
    Warm,
}

#[entry]
fn judge(reading: Reading<'_>, limit: i32) -> Result<Verdict, &'static str> {
    info!("judging {}", reading.place);
    match reading.place {
        "" => Err("no place"),
        _ if reading.degrees > limit => Ok(Verdict::Warm),
        _ => Ok(Verdict::Cold),
    }
}

#[entry]
fn version() -> u32 {
    3
}

#[entry(typed)]
fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().copied().map(u32::from).sum()
}

#[entry(display)]
fn number(input: &[u8]) -> Result<Vec<u8>, core::str::Utf8Error> {
    core::str::from_utf8(input).map(|text| text.as_bytes().to_vec())
}

#[entry(typed, display)]
fn parsed(text: &str) -> Result<i32, core::num::ParseIntError> {
    text.parse()
}

#[test]
fn entries_stay_functions() {
    let reading = |place| Reading { place, degrees: 9 };
    assert_eq!(judge(reading("cellar"), 8), Ok(Verdict::Warm));
    assert_eq!(judge(reading("cellar"), 9), Ok(Verdict::Cold));
    assert_eq!(judge(reading(""), 9), Err("no place"));
    assert_eq!((version(), sum(&[1, 2])), (3, 3));
    assert!(number(b"\xff").is_err() && parsed("x").is_err());
}
