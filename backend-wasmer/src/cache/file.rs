//! A compiled module as bytes, in memory and as a file.
//!
//! ```text
//!  magic ─ format ─ MAC ───────────────────── shift ─ starts ─ artifact ────────
//!  0       4        8                         40      44       48
//! ```
//! The MAC, keyed BLAKE3, covers the identity of the module's source, which is not in the file, and all of the file
//! but itself.
#![allow(unsafe_code, reason = "wasmer runs an artifact's code as it is")]

use std::{io, ops::Range};

use aingle_wasm_core::error::{Abstain, Error};
use blake3::{Hash, Hasher};
use bytes::Bytes;
use memmap2::MmapMut;

use super::{FORMAT, key::Key, source::Source};
use crate::{Module, compile::caught};

/// A compiled module as wasmer writes it down.
#[derive(Debug)]
pub(super) struct Frozen<'a> {
    source: &'a Source<'a>,
    shift: u32,
    starts: bool,
    /// Begins at the start of a page.
    artifact: Bytes,
}

impl<'a> Frozen<'a> {
    /// Compiles a source.
    ///
    /// # Errors
    /// Those of the compilation.
    pub(super) fn compile(source: &'a Source<'a>) -> Result<Self, Error> {
        let Module { wasmer, shift, starts, .. } = source.compile()?;
        let artifact = caught(|| Ok(wasmer.serialize().map_err(|_| Abstain::Engine)?))?;
        let artifact = paged(&artifact).map_err(|_| Abstain::Memory)?;
        Ok(Self { source, shift, starts, artifact })
    }

    /// The module for which [`seal`](Self::seal) made this file, with this key and for this source.
    pub(super) fn open(file: &[u8], key: &Key, source: &'a Source<'a>) -> Option<Self> {
        let number = |field: Range<usize>| Some(u32::from_le_bytes(file.get(field)?.try_into().ok()?));
        let (shift, starts) = (number(field::SHIFT)?, number(field::STARTS)?);
        let mac = Hash::from_slice(&file[field::MAC]).ok()?;
        let known = file[field::MAGIC] == MAGIC && number(field::FORMAT) == Some(FORMAT);
        // Compares in constant time.
        if !known || mac != authenticate(file, key, source) {
            return None;
        }
        let artifact = paged(&file[field::ARTIFACT]).ok()?;
        Some(Self { source, shift, starts: starts != 0, artifact })
    }

    /// A file that is authentic for whoever has the key.
    pub(super) fn seal(&self, key: &Key) -> Vec<u8> {
        let mut file = vec![0; field::ARTIFACT.start];
        file[field::MAGIC].copy_from_slice(&MAGIC);
        file[field::FORMAT].copy_from_slice(&FORMAT.to_le_bytes());
        file[field::SHIFT].copy_from_slice(&self.shift.to_le_bytes());
        file[field::STARTS].copy_from_slice(&u32::from(self.starts).to_le_bytes());
        file.extend_from_slice(&self.artifact);
        let mac = authenticate(&file, key, self.source);
        file[field::MAC].copy_from_slice(mac.as_bytes());
        file
    }

    /// The module, ready to start; it keeps the artifact.
    ///
    /// # Errors
    /// [`Abstain::Engine`] when wasmer does not take it.
    pub(super) fn thaw(&self) -> Result<Module, Error> {
        let engine = self.source.engine()?;
        let wasmer = caught(|| {
            // SAFETY: wasmer wants bytes that its `serialize` made for an engine like this one and for this processor,
            // aligned as its metadata are, and checks little of it. The artifact is aligned, and there are two ways to
            // it. `compile` has it from `serialize`, for the same source. `open` verified a MAC over it: whoever made
            // that has the key, and so is a process that the key's owner trusts with this one's code, and that
            // ran `seal` for a source of the same identity, which stands for the guest, the versions of wasmer and of
            // this format, the compiler and all its settings, the target and the features of the processor. The bytes
            // are this process's own copy: nobody changes them after the MAC was verified.
            let thawed = unsafe { wasmer::Module::deserialize(&engine, self.artifact.clone()) };
            Ok(thawed.map_err(|_| Abstain::Engine)?)
        })?;
        Ok(Module { wasmer, engine, depth: self.source.depth(), shift: self.shift, starts: self.starts })
    }

    /// Bytes of the artifact.
    pub(super) fn len(&self) -> usize {
        self.artifact.len()
    }
}

fn authenticate(file: &[u8], key: &Key, source: &Source<'_>) -> Hash {
    let mut hasher = Hasher::new_keyed(&blake3::derive_key(CONTEXT, key));
    hasher.update(source.identity().as_bytes());
    hasher.update(&file[..field::MAC.start]).update(&file[field::MAC.end..]).finalize()
}

/// The bytes in pages of their own, which nobody can write to, and which are free when the module is gone: between
/// what a compiler allocates they would keep its memory as well.
fn paged(bytes: &[u8]) -> io::Result<Bytes> {
    let mut pages = MmapMut::map_anon(bytes.len())?;
    pages.copy_from_slice(bytes);
    Ok(Bytes::from_owner(pages.make_read_only()?))
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

/// Keeps these MACs apart from all others that a caller makes with the same key.
const CONTEXT: &str = "aingle-wasm 2026-11 file of a compiled module";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_bytes() {
        let source = Source::test(b"module");
        let hex: String =
            frozen(&source, b"artifact").seal(&KEY).iter().map(|byte| format!("{byte:02x}")).collect();
        let head = "4149574d03000000";
        let mac = "ada3ba7cc8fdd2a065bf1696bfa66bdabd1a55916030c070646647cf0b606cc8";
        let rest = "34120000010000006172746966616374";
        assert_eq!(hex, [head, mac, rest].concat());
    }

    #[test]
    fn no_other_file_is_opened() {
        let (source, another) = (Source::test(b"module"), Source::test(b"another"));
        let file = frozen(&source, b"artifact").seal(&KEY);
        let open_with = |file: &[u8], key, source| {
            let Frozen { shift, starts, artifact, .. } = Frozen::open(file, key, source)?;
            Some((shift, starts, artifact))
        };
        let open = |file: &[u8]| open_with(file, &KEY, &source);
        assert_eq!(open(&file), Some((0x1234, true, Bytes::from_static(b"artifact"))));
        for bit in 0..file.len() * 8 {
            let mut file = file.clone();
            file[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&file), None, "bit {bit}");
        }
        for len in 0..file.len() {
            assert_eq!(open(&file[..len]), None, "{len} bytes");
        }
        assert_eq!(open(&[&file[..], &[0]].concat()), None);
        for format in [FORMAT - 1, FORMAT + 1] {
            let mut file = file.clone();
            file[field::FORMAT].copy_from_slice(&format.to_le_bytes());
            let mac = authenticate(&file, &KEY, &source);
            file[field::MAC].copy_from_slice(mac.as_bytes());
            assert_eq!(open(&file), None, "format {format}, though it is authentic");
        }
        assert_eq!(open_with(&file, &[8; 32], &source), None);
        assert_eq!(open_with(&file, &KEY, &another), None);
    }

    #[test]
    fn what_is_not_wasmers_is_not_thawed() {
        let source = Source::test(b"\0asm\x01\0\0\0");
        assert!(Frozen::compile(&source).unwrap().thaw().is_ok());
        for artifact in [
            &b""[..],
            b"wasmer",
            &[0; 64],
            b"wasmer-universal",
            b"wasmer-universalWASMER\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert!(frozen(&source, artifact).thaw().is_err(), "{artifact:?}");
        }
    }

    fn frozen<'a>(source: &'a Source<'a>, artifact: &'static [u8]) -> Frozen<'a> {
        let artifact = paged(artifact).unwrap();
        Frozen { source, shift: 0x1234, starts: true, artifact }
    }

    const KEY: Key = [7; 32];
}
