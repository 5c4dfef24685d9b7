//! Reads the table's text while the crate is compiled.

use super::{PREFIX, PREFIXED, Spec};

/// Reads a table. A line is empty, a comment that begins with `#`, an operator (`0x6a i32.add 1`), or one
/// of `bytes_per_unit`, `depth`, `charge`, `memory_growth`, `host_call` and `host_bytes_per_unit` with its number.
///
/// # Panics
///
/// When a line is something else, an operator stands twice, or one of those numbers is missing.
pub(super) const fn parse(text: &[u8]) -> Spec {
    let mut spec = Spec {
        plain: [0; 256],
        prefixed: [0; PREFIXED],
        bytes_per_unit: 0,
        depth: 0,
        charge: 0,
        memory_growth: 0,
        host_call: 0,
        host_bytes_per_unit: 0,
    };
    let mut last = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, tail) = split(rest, b'\n');
        rest = tail;
        match line {
            [] | [b'#', ..] => {}
            [b'0', b'x', operator @ ..] => {
                let (opcode, operator) = split(operator, b' ');
                let (_, weight) = split(operator, b' ');
                let (opcode, weight) = (number(opcode, 16), number(weight, 10));
                assert!(weight <= 255, "a weight is at most 255");
                assert!(last.is_none() || matches!(last, Some(last) if last < opcode), "not in order");
                last = Some(opcode);
                assert!(opcode < 0x100 || opcode >> 8 == PREFIX as u32, "no opcode");
                spec = spec.with_cost(opcode as u16, weight as u8);
            }
            _ => {
                let (name, value) = split(line, b' ');
                let value = number(value, 10);
                match name {
                    b"bytes_per_unit" => spec.bytes_per_unit = value,
                    b"depth" => spec.depth = value,
                    b"charge" => spec.charge = value,
                    b"memory_growth" => spec.memory_growth = value,
                    b"host_call" => spec.host_call = value,
                    b"host_bytes_per_unit" => spec.host_bytes_per_unit = value,
                    _ => panic!("a line that is not understood"),
                }
            }
        }
    }
    assert!(spec.bytes_per_unit > 0 && spec.depth > 0 && spec.charge > 0, "a number is missing");
    assert!(spec.memory_growth > 0 && spec.host_call > 0, "a number is missing");
    assert!(spec.host_bytes_per_unit > 0, "a number is missing");
    spec
}

/// What stands before the first `mark`, and what stands behind it.
const fn split(bytes: &[u8], mark: u8) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == mark {
            let (head, tail) = bytes.split_at(at);
            return (head, tail.split_at(1).1);
        }
        at += 1;
    }
    (bytes, &[])
}

const fn number(digits: &[u8], radix: u32) -> u32 {
    assert!(!digits.is_empty(), "a number is missing");
    let mut value = 0u32;
    let mut at = 0;
    while at < digits.len() {
        let Some(digit) = (digits[at] as char).to_digit(radix) else { panic!("not a digit") };
        value = value * radix + digit;
        at += 1;
    }
    value
}

/// The operators of a table, by opcode and name.
#[cfg(test)]
pub(super) fn operators(text: &str) -> impl Iterator<Item = (u16, &str)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("0x"));
    lines.map(|line| {
        let mut words = line.split(' ');
        let opcode = u16::from_str_radix(words.next().unwrap(), 16).unwrap();
        (opcode, words.next().unwrap())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &str =
        "bytes_per_unit 16\ndepth 256\ncharge 1\nmemory_growth 65536\nhost_call 20\nhost_bytes_per_unit 16\n";

    fn read(lines: &str) -> Spec {
        parse([lines, NUMBERS].concat().as_bytes())
    }

    #[test]
    fn values_are_what_the_lines_say() {
        let spec = read("# two operators\n\n0x6a i32.add 1\n0xfc0b memory.fill 200\n");
        assert_eq!((spec.cost(0x6a), spec.cost(0xfc0b), spec.cost(0x6b)), (1, 200, 0));
        assert_eq!((spec.bytes_per_unit(), spec.depth(), spec.charge()), (16, 256, 1));
        assert_eq!(spec.memory_growth(), 65536);
    }

    #[test]
    fn whatever_else_is_written_does_not_compile() {
        let wrong = ["0x6a i32.add 1\n0x6a i32.add 1\n", "0x6a i32.add\n", "0x6a i32.add 256\n", "dept 3\n"];
        for lines in wrong {
            assert!(std::panic::catch_unwind(|| read(lines)).is_err(), "{lines}");
        }
        assert!(std::panic::catch_unwind(|| parse(b"depth 1\ncharge 1\n")).is_err());
    }
}
