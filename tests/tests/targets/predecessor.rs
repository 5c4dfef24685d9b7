//! What the predecessor answered, byte for byte.

use aingle_wasm_core::link::Delivery;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::{
    Done,
    all::{All, End, PLENTY},
    ensure, guests, trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("predecessor::payloads", payloads));
    trials.push(trial("predecessor::frames", frames));
}

/// The requests' payloads go in, the replies' come out. A frame that is not sound has no payload.
fn payloads() -> Done {
    let mut all = All::with(guests::PREDECESSOR)?;
    for row in golden()?.iter().filter(|row| row.sound) {
        let seen = all.call(&row.entry, &row.request[HEADER..])?;
        let reply = row.reply[HEADER..].to_vec();
        ensure!(
            seen.end == if row.error { End::Error(reply) } else { End::Reply(reply) },
            "{row:?}: {seen:?}"
        );
        ensure!(seen.host_calls as usize == row.host_requests, "{row:?}: {seen:?}");
    }
    Ok(())
}

/// Whole frames, the damaged one among them.
fn frames() -> Done {
    let mut all = All::with(guests::PREDECESSOR)?;
    let rows = golden()?;
    ensure!(rows.iter().any(|row| !row.sound), "no frame is damaged");
    for row in rows {
        let seen = all.deliver(&row.entry, &row.request, PLENTY, Delivery::Raw)?;
        let reply = row.reply.clone();
        ensure!(
            seen.end == if row.error { End::Error(reply) } else { End::Reply(reply) },
            "{row:?}: {seen:?}"
        );
        ensure!(seen.host_calls as usize == row.host_requests, "{row:?}: {seen:?}");
    }
    Ok(())
}

#[derive(Debug)]
struct Row {
    entry: String,
    request: Vec<u8>,
    reply: Vec<u8>,
    error: bool,
    host_requests: usize,
    /// The request's checksum is that of its payload.
    sound: bool,
}

fn golden() -> Result<Vec<Row>, Failed> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../data/predecessor.json"))?;
    let row = |row: &Value| {
        let request = bytes(&row["request_frame"])?;
        let crc = aingle_wasm_core::crc::crc32(&request[HEADER..]).to_le_bytes();
        Some(Row {
            entry: row["entry"].as_str()?.to_owned(),
            sound: request[8..HEADER] == crc,
            request,
            reply: bytes(&row["reply_frame"])?,
            error: row["guest_error"].as_bool()?,
            host_requests: row["host_requests"].as_array()?.len(),
        })
    };
    Ok(rows
        .iter()
        .map(row)
        .collect::<Option<_>>()
        .ok_or("predecessor.json is not of the form that is read here")?)
}

/// The bytes of a hexadecimal text.
fn bytes(text: &Value) -> Option<Vec<u8>> {
    let pairs = text.as_str()?.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Bytes of an envelope's header.
const HEADER: usize = 12;
