//! What is read before anything runs: files, requests, keys.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use aingle_wasm_core::codec::Key;

use crate::{
    args::Input,
    fail::{Done, Fail},
};

impl Input {
    /// Whether there is one at all.
    pub fn is_given(&self) -> bool {
        self.input.is_some() || self.input_hex.is_some()
    }

    /// The bytes that are meant.
    pub fn read(&self) -> Done<Vec<u8>> {
        match (&self.input, &self.input_hex) {
            (Some(word), _) if word == "-" => stdin(),
            (Some(word), _) => match word.strip_prefix('@') {
                Some(path) => file(Path::new(path)),
                None => Ok(word.clone().into_bytes()),
            },
            (None, Some(digits)) => hex::decode(digits).map_err(|error| {
                Fail::usage(format!(
                    "--input-hex is not hex: {error}; write two digits for each byte, as in 00ff"
                ))
            }),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// A file's bytes.
pub fn file(path: &Path) -> Done<Vec<u8>> {
    let bytes = File::open(path).and_then(all);
    bytes.map_err(|error| Fail::usage(format!("cannot read {}: {error}", path.display())))
}

/// All of the standard input.
pub fn stdin() -> Done<Vec<u8>> {
    let bytes = all(io::stdin().lock());
    bytes.map_err(|error| Fail::usage(format!("cannot read the standard input: {error}")))
}

fn all(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match from.take(MAX_INPUT + 1).read_to_end(&mut bytes)? as u64 > MAX_INPUT {
        true => Err(io::Error::other(format!("it is longer than {MAX_INPUT} bytes"))),
        false => Ok(bytes),
    }
}

/// The key in `digits`, if any.
pub fn key(digits: Option<&str>, id: u32) -> Done<Option<Key>> {
    let Some(digits) = digits else {
        return Ok(None);
    };
    Ok(Some(Key::new(id, fixed("--key-hex", digits)?)))
}

/// Exactly as many bytes as `N`.
pub fn fixed<const N: usize>(option: &str, digits: &str) -> Done<[u8; N]> {
    let mut bytes = [0; N];
    match hex::decode_to_slice(digits, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(Fail::usage(format!("{option} takes {} hex digits: {error}", 2 * N))),
    }
}

/// Writes to the standard output. A reader that has seen enough is no error.
pub fn print(bytes: &[u8]) -> Done {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fail::usage(format!("cannot write to the standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Bytes that are read at most: more than any target takes.
const MAX_INPUT: u64 = 256 << 20;
