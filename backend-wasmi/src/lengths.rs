//! Lengths that a module claims, checked before the parser meets them.
//!
//! The parser adds a claimed length to its position. With 32-bit addresses a length near 2^32 wraps, passes
//! its check, and the slice behind it panics; on a chip that is a reset. It meets unchecked lengths in three
//! places: sections, function bodies and data segments.

/// Whether each of those lengths ends within what holds it. Whatever else is wrong with a module is left to
/// the parser.
pub(crate) fn fit(wasm: &[u8]) -> bool {
    wasm.get(8..).is_none_or(|sections| sections_fit(sections).is_some())
}

fn sections_fit(mut rest: &[u8]) -> Option<()> {
    while let Some((&id, tail)) = rest.split_first() {
        let (section, tail) = counted(tail)?;
        match id {
            CODE => entries_fit(section, |body| Some(body))?,
            DATA => entries_fit(section, segment)?,
            _ => {}
        }
        rest = tail;
    }
    Some(())
}

/// Walks the entries of a section. `head` takes what stands before an entry's length.
fn entries_fit(section: &[u8], head: impl Fn(&[u8]) -> Option<&[u8]>) -> Option<()> {
    let (count, mut rest) = number(section)?;
    for _ in 0..count {
        (_, rest) = counted(head(rest)?)?;
    }
    Some(())
}

/// Takes the flags, the memory and the offset of a data segment. An offset is a constant or a global: what
/// else can be written there no guest may use.
fn segment(bytes: &[u8]) -> Option<&[u8]> {
    let (flags, rest) = number(bytes)?;
    let rest = match flags {
        0 => rest,
        1 => return Some(rest),
        2 => number(rest)?.1,
        _ => return None,
    };
    match rest.split_first()? {
        (&(I32_CONST | GLOBAL_GET), operand) => {
            let len = operand.iter().take(MAX_LEB128).position(|byte| byte & 0x80 == 0)? + 1;
            operand[len..].strip_prefix(&[END])
        }
        _ => None,
    }
}

/// Takes a length and as many bytes, and says what follows them.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = number(bytes)?;
    rest.split_at_checked(usize::try_from(len).ok()?)
}

/// Takes a `u32` in LEB128, and says what follows it.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0u64;
    for (at, &byte) in bytes.iter().enumerate().take(MAX_LEB128) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(number).ok()?, &bytes[at + 1..]));
        }
    }
    None
}

/// Most bytes of a 32-bit number.
const MAX_LEB128: usize = 5;

const CODE: u8 = 10;
const DATA: u8 = 11;
const I32_CONST: u8 = 0x41;
const GLOBAL_GET: u8 = 0x23;
const END: u8 = 0x0b;

#[cfg(test)]
mod tests {
    use super::*;

    const HUGE: &[u8] = b"\xff\xff\xff\xff\x0f";

    fn module(section: &[u8], tail: &[u8]) -> alloc::vec::Vec<u8> {
        [b"\0asm\x01\0\0\0", section, tail].concat()
    }

    #[test]
    fn sound_lengths_fit() {
        assert!(fit(b""));
        assert!(fit(&module(b"", b"")));
        assert!(fit(&module(b"\x0a\x04\x01\x02\x00\x0b", b"")));
        assert!(fit(&module(b"\x0b\x07\x01\x00\x41\x08\x0b\x01x", b"")));
        assert!(fit(&module(b"\x0b\x05\x01\x01\x02xx", b"")));
    }

    #[test]
    fn huge_lengths_do_not_fit() {
        assert!(!fit(&module(b"\x01", HUGE)), "a section");
        assert!(!fit(&module(b"\x0a\x06\x01", HUGE)), "a function body");
        assert!(!fit(&module(b"\x0b\x0a\x01\x00\x41\x00\x0b", HUGE)), "an active segment");
        assert!(!fit(&module(b"\x0b\x0b\x01\x02\x00\x41\x00\x0b", HUGE)), "one that names its memory");
        assert!(!fit(&module(b"\x0b\x07\x01\x01", HUGE)), "a passive segment");
        assert!(!fit(&module(b"\x0b\x0d\x01\x00\x41\x00\x41\x00\x6a\x0b", HUGE)), "behind a longer offset");
    }
}
