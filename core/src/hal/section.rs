//! Grants inside a module: what the guest wants goes wherever its module goes.

use serde::{Deserialize, Serialize};

use super::Grants;

/// Name of the custom section: the [encoding](Grants::encode) of what the guest wants.
pub const SECTION: &str = "aingle.grants";

impl Grants {
    /// What the guest in `wasm` wants, by the last section of that name; nothing where it is missing or unsound.
    pub fn of_module(wasm: &[u8]) -> Self {
        last(wasm, SECTION).and_then(Self::decode).unwrap_or(Self::NONE)
    }
}

/// Writes what a section holds to `room`: `version`, then `content`. `None` when it is too small.
pub(crate) fn encode<'r>(version: u8, content: &impl Serialize, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let (first, rest) = room.split_first_mut()?;
    *first = version;
    let len = postcard::to_slice(content, rest).ok()?.len();
    Some(&room[..1 + len])
}

/// Reads what [`encode`] wrote; `None` for another version, and when there is more.
pub(crate) fn decode<'b, C: Deserialize<'b>>(version: u8, bytes: &'b [u8]) -> Option<C> {
    let (first, rest) = bytes.split_first()?;
    let (content, []) = postcard::take_from_bytes(rest).ok()? else { return None };
    (*first == version).then_some(content)
}

/// What is in the last custom section of that name in `wasm`.
pub(crate) fn last<'w>(wasm: &'w [u8], name: &str) -> Option<&'w [u8]> {
    let mut sections = Reader(wasm.get(PREAMBLE..)?);
    let mut last = None;
    while let Some((id, mut section)) = sections.section() {
        if id == CUSTOM && section.bytes() == Some(name.as_bytes()) {
            last = Some(section.0);
        }
    }
    last
}

/// Reads a module's sections, as far as they are sound: what they are worth is for the check.
struct Reader<'w>(&'w [u8]);

impl<'w> Reader<'w> {
    fn section(&mut self) -> Option<(u8, Self)> {
        let (&id, rest) = self.0.split_first()?;
        self.0 = rest;
        Some((id, Self(self.bytes()?)))
    }

    /// As many bytes as the number before them says.
    fn bytes(&mut self) -> Option<&'w [u8]> {
        let len = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(len as usize)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A LEB128 number of 32 bits.
    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in [0, 7, 14, 21, 28] {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// Bytes before the first section.
const PREAMBLE: usize = 8;

const CUSTOM: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_section_counts() {
        let key = b"\0\x16\x0daingle.grants\x01\x01\x03key\x00\0";
        let (led, other) = (LED, b"\0\x02\x01x");
        let named = |sections: &[&[u8]]| {
            let module = [&[&b"\0asm\x01\0\0\0"[..]], sections].concat().concat();
            Grants::of_module(&module).iter().next().map(|grant| grant.name.clone())
        };
        assert_eq!(named(&[key, other, led, other]).as_deref(), Some("led"));
        assert_eq!(named(&[led, key]).as_deref(), Some("key"));
        let more = b"\0\x17\x0daingle.grants\x01\x01\x03led\x00\0\0";
        assert_eq!(named(&[led, more]), None, "bytes behind the grants");
    }

    #[test]
    fn what_is_no_module_wants_nothing() {
        let module = [&b"\0asm\x01\0\0\0"[..], LED].concat();
        for len in 0..module.len() {
            assert_eq!(Grants::of_module(&module[..len]), Grants::NONE, "{len} bytes");
        }
    }

    /// A section of a guest that wants to drive `led`.
    const LED: &[u8] = b"\0\x16\x0daingle.grants\x01\x01\x03led\x00\0";
}
