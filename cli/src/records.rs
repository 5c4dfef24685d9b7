//! The custom section `aingle.guest`, in which a guest of the SDK says what it is.

use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

/// What a guest says of itself.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Records {
    /// Version of the ABI that it was built for.
    pub abi: Option<u32>,
    /// Version of the SDK that it was built with.
    pub sdk: Option<String>,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Host functions that it wants.
    pub wants: Vec<String>,
}

/// An entry, and how its request is read.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: String,
    pub form: &'static str,
}

/// On the wire: postcard, variants numbered in this order from 0.
#[derive(Deserialize)]
enum Record<'a> {
    Sdk { abi: u32, version: &'a str },
    Entry { name: &'a str, form: u8 },
    Wants { import: &'a str },
}

impl Records {
    /// Reads the section, if there is one. What follows a record of an unknown kind cannot be read and is left
    /// out.
    pub fn read(wasm: &[u8]) -> Option<Self> {
        let mut records = None;
        for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
            if let Payload::CustomSection(section) = payload
                && section.name() == SECTION
            {
                records.get_or_insert_with(Self::default).add(section.data());
            }
        }
        records
    }

    fn add(&mut self, mut bytes: &[u8]) {
        while let (false, Ok((record, rest))) = (bytes.is_empty(), postcard::take_from_bytes(bytes)) {
            bytes = rest;
            match record {
                Record::Sdk { abi, version } => {
                    self.abi = Some(abi);
                    self.sdk = Some(version.to_owned());
                }
                Record::Entry { name, form } => {
                    let form = match form {
                        0 => "bytes",
                        1 => "typed",
                        2 => "event",
                        _ => "unknown",
                    };
                    self.entries.push(Entry { name: name.to_owned(), form });
                }
                Record::Wants { import } => self.wants.push(import.to_owned()),
            }
        }
    }
}

const SECTION: &str = "aingle.guest";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_up_to_one_of_an_unknown_kind() {
        let mut records = Records::default();
        records.add(b"\x00\x01\x050.1.0\x01\x04echo\x00\x02\x03led\x07\x01\x01x");
        let expected = Records {
            abi: Some(1),
            sdk: Some("0.1.0".into()),
            entries: vec![Entry { name: "echo".into(), form: "bytes" }],
            wants: vec!["led".into()],
        };
        assert_eq!(records, expected);
    }

    #[test]
    fn a_module_without_the_section_says_nothing() {
        assert_eq!(Records::read(&wat::parse_str("(module)").unwrap()), None);
        let module = wat::parse_str(r#"(module (@custom "aingle.guest" "\02\01a"))"#).unwrap();
        assert_eq!(Records::read(&module).unwrap().wants, ["a"]);
        assert_eq!(Records::read(b"no module"), None);
    }
}
