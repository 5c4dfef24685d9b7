//! Files of grants: `NAME.grants.toml` beside a guest says what it wants, `[grants]` of a bench what is given.

use std::{collections::BTreeMap, fs, io, path::Path};

use aingle_wasm_core::hal::{Addresses, Grant, Grants, Name, Right, SECTION};
use serde::Deserialize;

/// Grants as people write them.
///
/// ```toml
/// output = ["led"]
/// clock = ["clock"]
///
/// [i2c.sensors]
/// addresses = [0x48]
/// max_hz = 400_000
///
/// [delay.delay]
/// max_ms = 100
///
/// [log]
/// lines_per_second = 5
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    output: Vec<String>,
    input: Vec<String>,
    pwm: Vec<String>,
    adc: Vec<String>,
    uart: Vec<String>,
    clock: Vec<String>,
    i2c: BTreeMap<String, I2c>,
    spi: BTreeMap<String, Spi>,
    delay: BTreeMap<String, Delay>,
    log: Option<Log>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct I2c {
    addresses: Vec<u8>,
    max_hz: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spi {
    max_hz: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delay {
    max_ms: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    lines_per_second: u16,
}

impl Terms {
    /// The grants in `text`.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn read(text: &str) -> Result<Grants, String> {
        toml::from_str::<Self>(text).map_err(|error| error.to_string())?.grants()
    }

    pub(super) fn grants(&self) -> Result<Grants, String> {
        let mut grants = Grants::NONE;
        let mut add = |name: &str, right| {
            let granted = Name::try_from(name).ok().filter(|_| !name.is_empty());
            match granted.map(|name| grants.add(Grant { name, right })) {
                Some(true) => Ok(()),
                Some(false) => Err(format!("there are more than 16 grants, or two of {name}")),
                None => Err(format!("`{name}` is no name of a resource: 1 to 15 bytes")),
            }
        };
        let plain = [
            (&self.output, Right::Output),
            (&self.input, Right::Input),
            (&self.pwm, Right::Pwm),
            (&self.adc, Right::Adc),
            (&self.uart, Right::Uart),
            (&self.clock, Right::Clock),
        ];
        for (names, right) in plain {
            names.iter().try_for_each(|name| add(name, right))?;
        }
        for (name, I2c { addresses, max_hz }) in &self.i2c {
            if let Some(address) = addresses.iter().find(|address| **address > 127) {
                return Err(format!("i2c.{name}: {address:#04x} is no address of 7 bits"));
            }
            let addresses = addresses.iter().fold(Addresses::default(), |set, &address| set.with(address));
            add(name, Right::I2c { addresses, hz: max_hz.unwrap_or(u32::MAX) })?;
        }
        for (name, Spi { max_hz }) in &self.spi {
            add(name, Right::Spi { hz: max_hz.unwrap_or(u32::MAX) })?;
        }
        for (name, Delay { max_ms }) in &self.delay {
            add(name, Right::Delay { micros: max_ms.saturating_mul(1000) })?;
        }
        grants.log_lines = self.log.as_ref().map(|log| log.lines_per_second);
        Ok(grants)
    }
}

/// What a guest wants: by `file`, or else by the file beside `module`, or else by what `wasm` says itself.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub fn wants_of(module: &Path, wasm: &[u8], file: Option<&Path>) -> Result<Grants, String> {
    let beside = module.with_extension("grants.toml");
    let path = file.unwrap_or(&beside);
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.is_none() => {
            Ok(Grants::of_module(wasm))
        }
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        Ok(text) => Terms::read(&text).map_err(|error| format!("{}: {error}", path.display())),
    }
}

/// Has the module say that its guest wants `grants`, whatever it says already.
pub fn put_into(wasm: &mut Vec<u8>, grants: &Grants) {
    let mut room = [0; MAX_ENCODED];
    let Some(grants) = grants.encode(&mut room) else { return };
    let name = SECTION.as_bytes();
    let section = [&[name.len() as u8], name, grants].concat();
    wasm.push(0);
    let mut len = section.len();
    while len >= 0x80 {
        wasm.push(len as u8 | 0x80);
        len >>= 7;
    }
    wasm.push(len as u8);
    wasm.extend_from_slice(&section);
}

/// More bytes than the most grants with the longest names take.
const MAX_ENCODED: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read() {
        let text = "output = [\"led\"]\n[i2c.sensors]\naddresses = [0x48, 0x49]\nmax_hz = 400_000\n\
                    [delay.delay]\nmax_ms = 100\n[log]\nlines_per_second = 5";
        let grants = Terms::read(text).unwrap();
        let rights: Vec<_> = grants.iter().map(|grant| (grant.name.as_str(), grant.right)).collect();
        let addresses = Addresses::default().with(0x48).with(0x49);
        assert_eq!(
            rights,
            [
                ("led", Right::Output),
                ("sensors", Right::I2c { addresses, hz: 400_000 }),
                ("delay", Right::Delay { micros: 100_000 }),
            ]
        );
        assert_eq!(grants.log_lines, Some(5));
        assert_eq!(Terms::read(""), Ok(Grants::NONE));
    }

    #[test]
    fn a_module_says_what_its_guest_wants() {
        let mut wasm = wat::parse_str("(module)").unwrap();
        for text in [
            "output = [\"led\"]",
            "[i2c.a]\naddresses = [1, 127]\n[i2c.b]\naddresses = [126]\n[i2c.c]\naddresses = [125]\n[i2c.d]\naddresses = [124]",
        ] {
            let grants = Terms::read(text).unwrap();
            put_into(&mut wasm, &grants);
            assert_eq!(Grants::of_module(&wasm), grants);
        }
        wasmparser::validate(&wasm).unwrap();
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, named) in [
            ("outptu = []", "outptu"),
            ("output = [\"a name that is too long\"]", "15 bytes"),
            ("output = [\"a\", \"a\"]", "two of a"),
            ("[i2c.bus]\naddresses = [200]", "i2c.bus: 0xc8"),
            ("[i2c.bus]", "addresses"),
        ] {
            assert!(Terms::read(text).unwrap_err().contains(named), "{text}: {:?}", Terms::read(text));
        }
    }
}
