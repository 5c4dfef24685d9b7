//! A compiled module as a file.
//!
//! ```text
//!  magic ─ format ─ MAC ───────────────────── shift ─ starts ─ artifact ────────
//!  0       4        8                         40      44       48
//! ```
//! The MAC, keyed BLAKE3, covers the module's identity, which is not in the file, and all of the file but itself.
#![allow(unsafe_code, reason = "wasmer takes the code of an authentic file as it is")]

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use blake3::{Hash, Hasher};
use bytes::Bytes;

use super::{FORMAT, key::Key};
use crate::{EngineConfig, Module, compile::compiler};

/// The file of a module, authentic for whoever has the key; `None` when wasmer does not write it down.
pub(super) fn seal(key: &Key, identity: &Hash, module: &Module) -> Option<Vec<u8>> {
    let artifact = module.wasmer.serialize().ok()?;
    Some(frame(key, identity, module.shift, module.starts, &artifact))
}

/// The module of which [`seal`] made this file for the same key and identity; `None` for every other file.
/// `wasm` and `config` are those of the identity.
pub(super) fn open(
    key: &Key,
    identity: &Hash,
    file: Vec<u8>,
    wasm: &[u8],
    config: &EngineConfig,
) -> Option<Module> {
    let (shift, starts, artifact) = parse(key, identity, file)?;
    let engine = compiler(wasm, config).ok()?;
    let wasmer = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: wasmer wants bytes that its `serialize` made for this engine and processor, aligned as it wrote
        // them, and checks nothing but its own version and the processor. `parse` gives bytes that are aligned, and
        // whose MAC verified: whoever made it had the key, and so is a process of this user (or of those to whom
        // the caller gave it) that ran `seal`. That one saw the same identity, which stands for the versions of
        // wasmer and of this format, the compiler and its settings, the target and the features of its processor.
        // The bytes are this process's own copy, so that nobody can change them after the check.
        unsafe { wasmer::Module::deserialize(&engine, artifact) }
    }));
    let wasmer = wasmer.ok()?.ok()?;
    Some(Module { wasmer, engine, depth: config.call_depth, shift, starts })
}

fn frame(key: &Key, identity: &Hash, shift: u32, starts: bool, artifact: &[u8]) -> Vec<u8> {
    let mut file = vec![0; field::ARTIFACT.start];
    file[field::MAGIC].copy_from_slice(&MAGIC);
    file[field::FORMAT].copy_from_slice(&FORMAT.to_le_bytes());
    file[field::SHIFT].copy_from_slice(&shift.to_le_bytes());
    file[field::STARTS].copy_from_slice(&u32::from(starts).to_le_bytes());
    file.extend_from_slice(artifact);
    let mac = authenticate(key, identity, &file);
    file[field::MAC].copy_from_slice(mac.as_bytes());
    file
}

/// What [`frame`] was given, if it was given this key and identity. The artifact begins at a multiple of
/// [`ALIGNMENT`].
fn parse(key: &Key, identity: &Hash, file: Vec<u8>) -> Option<(u32, bool, Bytes)> {
    let number = |field: Range<usize>| Some(u32::from_le_bytes(file.get(field)?.try_into().ok()?));
    let (shift, starts) = (number(field::SHIFT)?, number(field::STARTS)?);
    let mac = Hash::from_slice(&file[field::MAC]).ok()?;
    let known = file[field::MAGIC] == MAGIC && number(field::FORMAT) == Some(FORMAT);
    // Compares in constant time.
    if !known || mac != authenticate(key, identity, &file) {
        return None;
    }
    Some((shift, starts != 0, aligned(Bytes::from(file).slice(field::ARTIFACT))))
}

fn authenticate(key: &Key, identity: &Hash, file: &[u8]) -> Hash {
    let mut hasher = Hasher::new_keyed(&blake3::derive_key(CONTEXT, key));
    hasher.update(identity.as_bytes()).update(&file[..field::MAC.start]).update(&file[field::MAC.end..]);
    hasher.finalize()
}

/// The bytes, moved if an allocator put them where they cannot stay.
fn aligned(bytes: Bytes) -> Bytes {
    if bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
        return bytes;
    }
    let mut moved = Vec::<u8>::with_capacity(bytes.len() + ALIGNMENT);
    let start = moved.as_ptr().addr().next_multiple_of(ALIGNMENT) - moved.as_ptr().addr();
    moved.resize(start, 0);
    moved.extend_from_slice(&bytes);
    Bytes::from(moved).slice(start..)
}

mod field {
    use std::ops::{Range, RangeFrom};

    pub(super) const MAGIC: Range<usize> = 0..4;
    pub(super) const FORMAT: Range<usize> = 4..8;
    pub(super) const MAC: Range<usize> = 8..40;
    pub(super) const SHIFT: Range<usize> = 40..44;
    pub(super) const STARTS: Range<usize> = 44..48;
    pub(super) const ARTIFACT: RangeFrom<usize> = 48..;
}

const MAGIC: [u8; 4] = *b"AIWM";

/// What wasmer's metadata, which it reads in place, are aligned to.
const ALIGNMENT: usize = 16;

/// Keeps these MACs apart from all others that a caller makes with the same key.
const CONTEXT: &str = "aingle-wasm 2026-11 file of a compiled module";

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = [7; 32];

    fn identity() -> Hash {
        blake3::hash(b"module")
    }

    fn file() -> Vec<u8> {
        frame(&KEY, &identity(), 0x1234, true, b"artifact")
    }

    #[test]
    fn golden_bytes() {
        let hex: String = file().iter().map(|byte| format!("{byte:02x}")).collect();
        let head = "4149574d01000000";
        let mac = "8a12bf8435a9950256dfd70e6698f18d7fade4b87baf6c41f3b1a4eb528d1a18";
        let rest = "34120000010000006172746966616374";
        assert_eq!(hex, [head, mac, rest].concat());
    }

    #[test]
    fn what_was_framed_is_parsed() {
        let (shift, starts, artifact) = parse(&KEY, &identity(), file()).unwrap();
        assert_eq!((shift, starts, &artifact[..]), (0x1234, true, &b"artifact"[..]));
        assert!(artifact.as_ptr().addr().is_multiple_of(ALIGNMENT));
    }

    #[test]
    fn no_other_file_is_parsed() {
        for bit in 0..file().len() * 8 {
            let mut file = file();
            file[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&KEY, &identity(), file), None, "bit {bit}");
        }
        for len in 0..file().len() {
            assert_eq!(parse(&KEY, &identity(), file()[..len].to_vec()), None, "{len} bytes");
        }
        assert_eq!(parse(&KEY, &identity(), [file(), vec![0]].concat()), None);
        assert_eq!(parse(&[8; 32], &identity(), file()), None);
        assert_eq!(parse(&KEY, &blake3::hash(b"another"), file()), None);
    }

    #[test]
    fn what_is_not_aligned_is_moved() {
        let bytes = Bytes::from((0..100).collect::<Vec<u8>>());
        for start in 0..ALIGNMENT {
            let moved = aligned(bytes.slice(start..));
            assert_eq!(moved, bytes.slice(start..));
            assert!(moved.as_ptr().addr().is_multiple_of(ALIGNMENT));
        }
    }

    #[test]
    fn an_authentic_file_that_wasmer_refuses_is_no_module() {
        let config = EngineConfig::default();
        for artifact in
            [&b""[..], b"wasmer", &[0; 64], b"wasmer-universal", b"wasmer-universalWASMER\0\0\0\0\0\0"]
        {
            let file = frame(&KEY, &identity(), 0, false, artifact);
            assert!(open(&KEY, &identity(), file, b"\0asm\x01\0\0\0", &config).is_none());
        }
    }
}
