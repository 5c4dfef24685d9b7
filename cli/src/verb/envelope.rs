//! `envelope`: writes and reads envelopes.

use std::path::Path;

use aingle_wasm_core::{
    codec::{
        self, Direction, Error, Key, Nonce, Opening, Sealing,
        aead::{Decrypt, Encrypt},
        lz4::{Decompress, Table},
    },
    envelope::{Envelope, Flags, HEADER_LEN, Version},
};
use serde::Serialize;

use crate::{
    args::{Decode, Encode, Envelope as Arguments, EnvelopeVerb},
    fail::{Done, Fail},
    input,
    report::json,
    terminal,
};

pub fn run(arguments: &Arguments) -> Done {
    match &arguments.verb {
        EnvelopeVerb::Encode(arguments) => encode(arguments),
        EnvelopeVerb::Decode(arguments) => decode(arguments),
    }
}

fn encode(arguments: &Encode) -> Done {
    let payload = arguments.input.read()?;
    let key = input::key(arguments.key_hex.as_deref(), arguments.key_id)?;
    let nonce = arguments.nonce_hex.as_deref().map(nonce).transpose()?;
    let version = if arguments.version == 1 { Version::V1 } else { Version::V2 };
    let flag = |set: bool, flag: Flags| if set { flag } else { Flags::NONE };
    let flags =
        flag(arguments.expects_response, Flags::EXPECTS_RESPONSE).with(flag(arguments.error, Flags::ERROR));
    let mut table = Table::new();
    let sealing = Sealing {
        compress: arguments.compress.then(|| table.compress()),
        encrypt: key.as_ref().zip(nonce).map(|(key, nonce)| Encrypt::new(key, nonce)),
        ..Sealing::plain(version, flags)
    };
    let mut frame = vec![0; codec::sealed_len(payload.len(), arguments.compress, key.is_some())];
    let len = codec::seal(&payload, sealing, &mut frame).map_err(|error| Fail::usage(error.to_string()))?;
    input::print(&frame[..len])
}

fn nonce(digits: &str) -> Done<Nonce> {
    let nonce = Nonce::from_bytes(input::fixed("--nonce-hex", digits)?);
    nonce.ok_or_else(|| Fail::usage("--nonce-hex begins with 00 for a request or 01 for a reply"))
}

/// An envelope, or what is wrong with it. Absent things are null.
#[derive(Default, Serialize)]
struct Page {
    outcome: &'static str,
    message: Option<String>,
    version: Option<u8>,
    flags: Option<Vec<&'static str>>,
    checksum: Option<String>,
    key_id: Option<u32>,
    nonce_hex: Option<String>,
    payload_len: Option<usize>,
    payload_hex: Option<String>,
    payload_text: Option<String>,
}

fn decode(arguments: &Decode) -> Done {
    let mut frame = match arguments.file == Path::new("-") {
        true => input::stdin()?,
        false => input::file(&arguments.file)?,
    };
    let digits = arguments.key_hex.as_deref().map(|digits| input::fixed("--key-hex", digits)).transpose()?;
    let mut page = Page::default();
    let opened = page.read(&mut frame, digits);
    if arguments.json {
        input::print(json(&page).as_bytes())?;
    }
    let payload =
        opened.map_err(|sentence| Fail::usage(if arguments.json { String::new() } else { sentence }))?;
    if !arguments.json {
        terminal::say(&page.head());
        input::print(&terminal::shown(&payload))?;
    }
    Ok(())
}

impl Page {
    /// Fills the page, and returns the payload or what is wrong.
    fn read(&mut self, frame: &mut [u8], key: Option<[u8; 32]>) -> Result<Vec<u8>, String> {
        let opened = self.open(frame, key);
        match &opened {
            Ok(payload) => {
                self.outcome = "decoded";
                self.payload_len = Some(payload.len());
                self.payload_hex = Some(hex::encode(payload));
                self.payload_text = String::from_utf8(payload.clone()).ok();
            }
            Err(sentence) => {
                self.outcome = "failed";
                self.message = Some(sentence.clone());
            }
        }
        opened
    }

    fn open(&mut self, frame: &mut [u8], key: Option<[u8; 32]>) -> Result<Vec<u8>, String> {
        let envelope = Envelope::parse(frame).map_err(|error| error.to_string())?;
        let (flags, prefix) = (envelope.flags(), envelope.payload().first_chunk::<16>().copied());
        self.version = Some(envelope.version() as u8);
        self.flags = Some(names(flags));
        // As the header has it.
        self.checksum =
            Some(hex::encode(frame[HEADER_LEN - 4..HEADER_LEN].iter().rev().copied().collect::<Vec<_>>()));
        let mut from = Direction::Request;
        let mut keys = Vec::new();
        if flags.contains(Flags::ENCRYPTED) {
            if let Some([a, b, c, d, nonce @ ..]) = prefix {
                let id = u32::from_le_bytes([a, b, c, d]);
                self.key_id = Some(id);
                self.nonce_hex = Some(hex::encode(nonce));
                // Either side's envelopes may be looked at here.
                from = Nonce::from_bytes(nonce).map_or(from, |nonce| nonce.direction);
                keys.extend(key.map(|bytes| Key::new(id, bytes)));
            }
            if key.is_none() {
                return Err("the payload is encrypted: give its key with --key-hex".to_owned());
            }
        }
        let mut room = vec![0; if flags.contains(Flags::COMPRESSED) { MAX_DECODED } else { 0 }];
        let opening =
            Opening { decompress: Some(Decompress::new()), decrypt: Some(Decrypt::new(&keys, from)) };
        match codec::open(frame, &opening, &mut room) {
            Ok(opened) => Ok(opened.payload.to_vec()),
            Err(error @ Error::DecodedTooLong) => Err(format!("{error}: {MAX_DECODED} bytes")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn head(&self) -> String {
        let flags = match self.flags.as_deref().unwrap_or_default() {
            [] => "none".to_owned(),
            flags => flags.join(", "),
        };
        let mut head = format!(
            "version {}, flags {flags}, checksum {}, payload {} bytes",
            self.version.unwrap_or_default(),
            self.checksum.as_deref().unwrap_or_default(),
            self.payload_len.unwrap_or_default()
        );
        if let (Some(id), Some(nonce)) = (self.key_id, &self.nonce_hex) {
            head += &format!(", key {id}, nonce {nonce}");
        }
        head
    }
}

fn names(flags: Flags) -> Vec<&'static str> {
    let all = [
        (Flags::COMPRESSED, "compressed"),
        (Flags::ENCRYPTED, "encrypted"),
        (Flags::EXPECTS_RESPONSE, "expects_response"),
        (Flags::ERROR, "error"),
        (Flags::LOCAL, "local"),
    ];
    all.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| name).collect()
}

/// Most bytes that a compressed payload may decode to.
const MAX_DECODED: usize = 64 << 20;
