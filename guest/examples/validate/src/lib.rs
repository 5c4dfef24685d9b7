//! Decides whether an entry may go into the store: typed in, verdict out.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_guest::prelude::*;
use serde::{Deserialize, Serialize};

aingle_wasm_guest::panic_handler!();

/// What somebody wants to store. It borrows its bytes from the request.
#[derive(Deserialize)]
pub struct Entry<'a> {
    kind: &'a str,
    author: &'a [u8],
    /// Seconds since 1970.
    timestamp: u64,
    content: &'a [u8],
}

/// Accept, or reject with the reason.
#[derive(Serialize)]
pub enum Verdict {
    Accept,
    Reject(&'static str),
}

/// Checks `entry`, which must not be from after `now`.
#[entry]
fn validate(entry: Entry<'_>, now: u64) -> Verdict {
    let longest = match entry.kind {
        "note" => 1024,
        "reading" => 64,
        _ => return Verdict::Reject("unknown kind of entry"),
    };
    if entry.author.len() != 32 {
        return Verdict::Reject("the author is not a key of 32 bytes");
    }
    if entry.timestamp > now {
        return Verdict::Reject("the entry is from the future");
    }
    if entry.content.is_empty() || entry.content.len() > longest {
        return Verdict::Reject("the content is empty or too long");
    }
    Verdict::Accept
}
