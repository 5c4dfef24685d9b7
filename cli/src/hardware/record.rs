//! Makes a mock of what a guest did to hardware elsewhere, by the [trace](aingle_wasm_core::hal::Traced) in its log.

use std::{collections::BTreeMap, fmt::Write};

use aingle_wasm_core::hal::{Code, Grants, Kind, Right};

use super::quoted;

/// The description of a mock on which the guest finds what it found there. It wants what `wants` says; `lines` are all of
/// its log, those that are no trace among them.
///
/// # Errors
/// A sentence that names what a mock cannot do, or what the log had no room for.
pub fn mock_of<'l>(wants: &Grants, lines: impl IntoIterator<Item = &'l str>) -> Result<String, String> {
    let mut parts = Parts::default();
    for line in lines {
        let Some((part, did)) = line.strip_prefix('@').and_then(|line| line.split_once(' ')) else {
            continue;
        };
        if did.ends_with('~') {
            return Err(format!("{part}: a transaction is longer than a line of the log, of 120 bytes"));
        }
        parts.add(part, did).ok_or_else(|| format!("{part}: no mock does this: {did}"))?;
    }
    let mut text = String::from("# Recorded by `aingle-wasm run --record`.\n");
    for kind in [Kind::Delay, Kind::Clock] {
        let named = wants.iter().filter(|grant| grant.right.kind() == kind);
        let names: Vec<_> = named.map(|grant| quoted(&grant.name)).collect();
        if !names.is_empty() {
            put(&mut text, format_args!("{} = [{}]", kind.name(), names.join(", ")));
        }
    }
    if !parts.looks.is_empty() {
        put(&mut text, format_args!("\n[time]\nlooks = [{}]", parts.looks.join(", ")));
    }
    for grant in wants.iter().filter(|grant| !matches!(grant.right, Right::Delay { .. } | Right::Clock)) {
        let name = format!("{}.{}", grant.right.kind().name(), grant.name);
        put(&mut text, format_args!("\n[{}.{}]", grant.right.kind().name(), key(&grant.name)));
        if let Right::I2c { hz, .. } | Right::Spi { hz } = grant.right {
            put(&mut text, format_args!("hz = {}", hz.min(100_000)));
        }
        for line in parts.named.get(&name).into_iter().flat_map(Part::lines) {
            put(&mut text, format_args!("{line}"));
        }
    }
    Ok(text)
}

/// What was done, by the part's kind and name.
#[derive(Default)]
struct Parts {
    named: BTreeMap<String, Part>,
    /// Microseconds that clocks said.
    looks: Vec<String>,
}

#[derive(Default)]
struct Part {
    /// Lists, by the key that they have in a mock.
    lists: BTreeMap<&'static str, Vec<String>>,
    /// Texts, likewise.
    texts: BTreeMap<&'static str, String>,
    max: Option<u16>,
}

impl Parts {
    fn add(&mut self, name: &str, did: &str) -> Option<()> {
        let (kind, _) = name.split_once('.')?;
        let words: Vec<_> = did.split(' ').collect();
        if kind == Kind::Clock.name() {
            self.looks.push(u64::from_str_radix(words.first()?, 16).ok()?.to_string());
            return Some(());
        }
        let part = self.named.entry(name.to_owned()).or_default();
        match (kind, &words[..]) {
            ("output", ["", "!30"]) => {
                let driven = part.lists.values().map(Vec::len).sum::<usize>();
                part.push("fails", driven.to_string());
            }
            ("output", [level @ ("0" | "1")]) => part.push("expect", (*level).to_owned()),
            ("input", [level]) => part.push("levels", level.strip_prefix('r')?.to_owned()),
            ("pwm" | "adc", [value]) => {
                let (value, max) = value.split_once('/')?;
                part.max = Some(number(max)?);
                let list = if kind == "pwm" { "expect" } else { "values" };
                part.push(list, number(value)?.to_string());
            }
            ("i2c", [address, operations @ ..]) => {
                let address = format!("address = 0x{address}, ");
                part.push("transactions", transaction(&address, operations)?);
            }
            ("spi", operations) => part.push("transactions", transaction("", operations)?),
            ("uart", [bytes]) => {
                let (list, digits) = match bytes.split_at_checked(1)? {
                    ("r", digits) => ("receive", digits),
                    ("w", digits) => ("expect", digits),
                    _ => return None,
                };
                *part.texts.entry(list).or_default() += &String::from_utf8(hex::decode(digits).ok()?).ok()?;
            }
            _ => return None,
        }
        Some(())
    }
}

impl Part {
    fn push(&mut self, list: &'static str, value: String) {
        self.lists.entry(list).or_default().push(value);
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let max = self.max.map(|max| format!("max = {max}"));
        let texts = self.texts.iter().map(|(key, text)| format!("{key} = {}", quoted(text)));
        let lists = self.lists.iter().map(|(key, values)| match *key {
            "transactions" => format!("{key} = [\n    {},\n]", values.join(",\n    ")),
            _ => format!("{key} = [{}]", values.join(", ")),
        });
        max.into_iter().chain(texts).chain(lists)
    }
}

/// A transaction as a mock has it.
fn transaction(address: &str, words: &[&str]) -> Option<String> {
    let (mut operations, mut fault) = (Vec::new(), String::new());
    for word in words {
        let (mark, digits) = word.split_at_checked(1)?;
        operations.push(match mark {
            "w" => format!("{{ write = \"{digits}\" }}"),
            "r" => format!("{{ read = \"{digits}\" }}"),
            "t" => {
                let (sent, received) = digits.split_once(':')?;
                format!("{{ transfer = [\"{sent}\", \"{received}\"] }}")
            }
            "d" => format!("{{ wait_ns = {} }}", u32::from_str_radix(digits, 16).ok()?),
            "!" => {
                fault = format!(", fault = \"{}\"", fault_of(u8::from_str_radix(digits, 16).ok()?)?);
                continue;
            }
            _ => return None,
        });
    }
    Some(format!("{{ {address}operations = [{}]{fault} }}", operations.join(", ")))
}

fn fault_of(code: u8) -> Option<&'static str> {
    Some(match Code::from_code(code)? {
        Code::TimedOut => "timed_out",
        Code::I2cBus => "bus",
        Code::I2cArbitrationLoss => "arbitration_loss",
        Code::I2cNoAddress => "no_address",
        Code::I2cNoData => "no_data",
        Code::I2cNoAcknowledge => "no_acknowledge",
        Code::I2cOverrun | Code::SpiOverrun => "overrun",
        Code::SpiModeFault => "mode",
        Code::SpiFrameFormat => "frame_format",
        Code::SpiChipSelect => "chip_select",
        Code::I2cOther | Code::SpiOther => "other",
        _ => return None,
    })
}

fn number(digits: &str) -> Option<u16> {
    u16::from_str_radix(digits, 16).ok()
}

/// A name as TOML has it, where it can without quotes.
fn key(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.chars().all(is_plain) { name.to_owned() } else { quoted(name) }
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{Bench, Terms};

    #[test]
    fn a_mock_has_what_was_traced() {
        let wants = "clock = [\"clock\"]\noutput = [\"led\"]\npwm = [\"lamp\"]\nuart = [\"gps\"]\n\
                     [i2c.bus]\naddresses = [0x68]\nmax_hz = 50_000\n[spi.flash]\n[delay.delay]\nmax_ms = 1";
        let lines = [
            "another line",
            "@i2c.bus 68 w00 r0730",
            "@i2c.bus 68 w01 !12",
            "@spi.flash w9f t00:ff d3e8",
            "@output.led 1",
            "@output.led  !30",
            "@output.led 0",
            "@pwm.lamp fa/3e8",
            "@clock.clock 1e8480",
            "@uart.gps r2447",
            "@uart.gps r0a",
        ];
        let text = mock_of(&Terms::read(wants).unwrap(), lines).unwrap();
        for expected in [
            "delay = [\"delay\"]\nclock = [\"clock\"]\n\n[time]\nlooks = [2000000]\n",
            "[output.led]\nexpect = [1, 0]\nfails = [1]\n",
            "[pwm.lamp]\nmax = 1000\nexpect = [250]\n",
            "[uart.gps]\nreceive = \"$G\\n\"\n",
            "[i2c.bus]\nhz = 50000\ntransactions = [\n    { address = 0x68, operations = [{ write = \"00\" }, \
             { read = \"0730\" }] },\n    { address = 0x68, operations = [{ write = \"01\" }], fault = \"no_address\" },\n]",
            "{ operations = [{ write = \"9f\" }, { transfer = [\"00\", \"ff\"] }, { wait_ns = 1000 }] }",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
        Bench::mock(&text).unwrap();
    }

    #[test]
    fn a_name_stays_a_name() {
        let wants = "clock = [\"\\u001b]\"]\noutput = [\"a.b\", \"]\\n[input.x\"]";
        let text = mock_of(&Terms::read(wants).unwrap(), ["@output.a.b 1"]).unwrap();
        assert!(text.contains("[output.\"a.b\"]\nexpect = [1]\n"), "{text}");
        assert_eq!(Bench::mock(&text).unwrap().given().iter().count(), 3);
    }

    #[test]
    fn what_no_mock_does_is_named() {
        for (line, named) in [
            ("@i2c.bus 68 w0000~", "i2c.bus: a transaction is longer"),
            ("@input.key r !30", "input.key: no mock does this"),
            ("@uart.gps rff", "uart.gps"),
        ] {
            assert!(mock_of(&Grants::NONE, [line]).unwrap_err().contains(named), "{line}");
        }
    }
}
