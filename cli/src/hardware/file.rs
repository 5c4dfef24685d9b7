//! Files that people write: descriptions of hardware, and grants.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde::de::DeserializeOwned;

/// The text of a file that describes hardware or grants.
///
/// # Errors
/// It cannot be read, is no text, or is longer than such files are.
pub fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    // Bytes, since the end may cut a letter.
    if File::open(path)?.take(MAX_TEXT + 1).read_to_end(&mut bytes)? as u64 > MAX_TEXT {
        return Err(io::Error::other(format!("it is longer than {MAX_TEXT} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Reads TOML. What the parser says of it is on lines of their own, which are indented, and not longer than a terminal's.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let cut = |line: &str| match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    let lines = |error: toml::de::Error| error.to_string().lines().map(cut).collect::<Vec<_>>();
    toml::from_str(text).map_err(|error| lines(error).join("\n  "))
}

/// A text as TOML has it: as JSON does, but for a letter that TOML does not take as it is.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Bytes of the longest file that describes hardware or grants.
const MAX_TEXT: u64 = 1 << 20;

/// Letters of a line in what is said of such a file.
const MAX_LINE: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_shown_on_short_lines() {
        let long = format!("name = \"{}\" x", "é".repeat(10_000));
        let said = parse::<toml::Table>(&long).unwrap_err();
        assert!(said.lines().count() > 2 && said.lines().all(|line| line.chars().count() <= MAX_LINE + 3));
        assert!(said.lines().skip(1).all(|line| line.starts_with("  ")), "{said}");
    }

    #[test]
    fn any_text_can_be_quoted() {
        let text: String = ('\0'..='\u{3000}').collect();
        let read: toml::Table = parse(&format!("text = {}", quoted(&text))).unwrap();
        assert_eq!(read["text"].as_str(), Some(text.as_str()));
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(MAX_TEXT + 1).unwrap();
        assert!(text_of(file.path()).unwrap_err().to_string().contains("longer than 1048576 bytes"));
        file.as_file().set_len(MAX_TEXT).unwrap();
        assert!(text_of(file.path()).is_ok());
        // Where it is cut there is half a letter.
        std::fs::write(&file, "é".repeat(MAX_TEXT as usize)).unwrap();
        assert!(text_of(file.path()).unwrap_err().to_string().contains("longer than 1048576 bytes"));
        std::fs::write(&file, b"led\xc3").unwrap();
        assert!(text_of(file.path()).unwrap_err().to_string().contains("utf-8"));
    }
}
