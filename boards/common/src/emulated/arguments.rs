//! What the emulator was told to hand to the firmware: the words behind `-append`.

use heapless::String;
use semihosting::experimental::env;

/// The word at that place, from 0; `None` when there is none, or it is too long.
pub fn word(at: usize) -> Option<String<WORD>> {
    // The first is the firmware's own name.
    let words = env::args::<LINE>().ok()?;
    String::try_from((&words).nth(at + 1)?.ok()?).ok()
}

/// The number at that place.
pub fn number(at: usize) -> Option<u64> {
    word(at)?.parse().ok()
}

/// Bytes of the longest word.
const WORD: usize = 256;

/// Bytes of all words and the firmware's name.
const LINE: usize = 1024;
