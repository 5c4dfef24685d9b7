//! What others chose, as a terminal may show it: names in a module, a guest's words, what a device says.

use std::{
    borrow::Cow,
    io::{IsTerminal, Write, stderr, stdout},
};

/// One line, which moves no cursor, turns no writing around and forges no line of the command's own.
pub fn line(text: &str) -> String {
    spelt(text, &[])
}

/// A sentence. Further lines of it are indented, as no line that the command says begins; whatever others chose enters
/// it by [`line`], lest it begin one.
pub fn sentence(text: &str) -> String {
    text.split("\n ").map(line).collect::<Vec<_>>().join("\n ")
}

/// Bytes for the standard output: as they are, but for a terminal as it may show them.
pub fn shown(bytes: &[u8]) -> Cow<'_, [u8]> {
    match stdout().is_terminal() {
        true => reply(bytes).into_bytes().into(),
        false => bytes.into(),
    }
}

fn reply(bytes: &[u8]) -> String {
    let mut text = spelt(&String::from_utf8_lossy(bytes), &['\n', '\t']);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Says a line beside the reply.
pub fn say(text: &str) {
    aside(&format!("{}\n", line(text)));
}

/// Says what is wrong.
pub fn error(text: &str) {
    aside(&format!("error: {}\n", sentence(text)));
}

/// What is said beside the reply: that nobody can hear it is no reason to fail.
pub fn aside(text: &str) {
    let _ = stderr().write_all(text.as_bytes());
}

/// Whether a terminal would obey a letter rather than show it.
pub fn is_odd(letter: char) -> bool {
    letter.is_control() || turns(letter)
}

fn spelt(text: &str, kept: &[char]) -> String {
    let spell = |letter: char| match is_odd(letter) && !kept.contains(&letter) {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(spell).collect()
}

/// Whether a letter sets the direction of others, or ends a line or paragraph.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_or_turn_is_spelt() {
        assert_eq!(line("a\x1b[2J\r\n\tb\u{9b}1m"), "a\\u{1b}[2J\\r\\n\\tb\\u{9b}1m");
        assert_eq!(line("\u{202e}txt\u{2066}\u{2028}"), "\\u{202e}txt\\u{2066}\\u{2028}");
        assert_eq!(line("Größe: 21 °C 🌡"), "Größe: 21 °C 🌡");
    }

    #[test]
    fn a_sentence_goes_on_below_only_when_it_is_indented() {
        assert_eq!(
            sentence("it differs:\n  came  1\nerror: forged"),
            "it differs:\n  came  1\\nerror: forged"
        );
    }

    #[test]
    fn a_reply_keeps_its_lines() {
        assert_eq!(reply(b"one\n\ttwo\x07"), "one\n\ttwo\\u{7}\n");
        assert_eq!((reply(b"one\n"), reply(b"")), ("one\n".to_owned(), String::new()));
    }
}
