//! Files of grants: `NAME.grants.toml` beside a guest says what it wants and what it is told of, `[grants]` of a bench what
//! is given.

use std::{collections::BTreeMap, io, num::NonZeroU32, path::Path};

use aingle_wasm_core::{
    events::{self, Edge, Event, Events, MAX_QUEUE, Source},
    hal::{self, Addresses, Grant, Grants, Name, Right},
};
use serde::Deserialize;
use wasmparser::{Parser, Payload};

use super::{parse, text_of};

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
///
/// And what a guest is told of: time, changes of an input's level (`rising`, `falling`, `both`), lines of a serial port.
///
/// ```toml
/// [[tick]]
/// clock = "clock"
/// every_ms = 100
/// entry = "tick"
/// fuel = 10_000
///
/// [[edge]]
/// input = "button"
/// edge = "falling"
/// entry = "pressed"
/// fuel = 10_000
///
/// [[line]]
/// uart = "gps"
/// entry = "sentence"
/// fuel = 50_000
///
/// [events]
/// queue = 4           # that may wait while the guest is busy; 8 unless told
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
    tick: Vec<Tick>,
    edge: Vec<Level>,
    line: Vec<Line>,
    events: Option<Waiting>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tick {
    clock: String,
    every_ms: u32,
    entry: String,
    fuel: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    input: String,
    edge: Change,
    entry: String,
    fuel: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Rising,
    Falling,
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    uart: String,
    entry: String,
    fuel: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    queue: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct I2c {
    addresses: Vec<u8>,
    max_hz: Option<NonZeroU32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spi {
    max_hz: Option<NonZeroU32>,
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

/// What a guest wants of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wants {
    /// What it may use.
    pub grants: Grants,
    /// What it is told of.
    pub events: Events,
}

impl Wants {
    /// Nothing.
    pub const NONE: Self = Self { grants: Grants::NONE, events: Events::NONE };

    /// What a file in `text` says.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let terms: Terms = parse(text)?;
        let grants = terms.grants()?;
        let events = terms.events(&grants)?;
        Ok(Self { grants, events })
    }

    /// What the guest in `wasm` says itself.
    pub fn of_module(wasm: &[u8]) -> Self {
        Self { grants: Grants::of_module(wasm), events: Events::of_module(wasm) }
    }

    /// Has the module say so, and nothing else. One that cannot be read stays as it is, and is loaded nowhere.
    pub fn put_into(&self, wasm: &mut Vec<u8>) {
        let Some(mut said) = without_sections(wasm, &[hal::SECTION, events::SECTION]) else { return };
        let mut room = [0; MAX_ENCODED];
        if let Some(grants) = self.grants.encode(&mut room).filter(|_| self.grants != Grants::NONE) {
            add_section(&mut said, hal::SECTION, grants);
        }
        if let Some(events) = self.events.encode(&mut room).filter(|_| self.events != Events::NONE) {
            add_section(&mut said, events::SECTION, events);
        }
        *wasm = said;
    }
}

impl Terms {
    /// The grants in `text`.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn read(text: &str) -> Result<Grants, String> {
        Ok(Wants::read(text)?.grants)
    }

    fn events(&self, grants: &Grants) -> Result<Events, String> {
        let name = |name: &str| {
            let granted = Name::try_from(name).ok();
            granted.ok_or_else(|| format!("`{name}` is no name of a resource: 1 to 15 bytes"))
        };
        let mut events = Events::NONE;
        let mut add = |source: Source, entry: &str, fuel| {
            let (kind, name) = source.resource();
            if matches!(source, Source::Tick { millis: 0, .. }) {
                return Err(format!("{entry} is told of a tick every 0 ms: at least every_ms = 1"));
            }
            if !source.is_granted(grants, 1) {
                let kind = kind.name();
                return Err(format!(
                    "{entry} is told of {kind} `{name}`, which is not asked for: {kind} = [\"{name}\"]"
                ));
            }
            let called = entry.try_into().ok().filter(|_| !entry.is_empty());
            let called = called.ok_or_else(|| format!("`{entry}` is no entry for events: 1 to 31 bytes"))?;
            match events.add(Event { source, entry: called, fuel }) {
                true => Ok(()),
                false => Err("a guest is told of at most 8 events".to_owned()),
            }
        };
        for Tick { clock, every_ms, entry, fuel } in &self.tick {
            add(Source::Tick { clock: name(clock)?, millis: *every_ms }, entry, *fuel)?;
        }
        for Level { input, edge, entry, fuel } in &self.edge {
            let edge = match edge {
                Change::Rising => Edge::Rising,
                Change::Falling => Edge::Falling,
                Change::Both => Edge::Both,
            };
            add(Source::Edge { input: name(input)?, edge }, entry, *fuel)?;
        }
        for Line { uart, entry, fuel } in &self.line {
            add(Source::Line { uart: name(uart)? }, entry, *fuel)?;
        }
        match &self.events {
            Some(Waiting { queue }) if !events.bound(*queue) => {
                Err(format!("queue = {queue}: 1 to {MAX_QUEUE} events may wait"))
            }
            _ => Ok(events),
        }
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
            add(name, Right::I2c { addresses, hz: max_hz.unwrap_or(NonZeroU32::MAX).get() })?;
        }
        for (name, Spi { max_hz }) in &self.spi {
            add(name, Right::Spi { hz: max_hz.unwrap_or(NonZeroU32::MAX).get() })?;
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
pub fn wants_of(module: &Path, wasm: &[u8], file: Option<&Path>) -> Result<Wants, String> {
    let beside = module.with_extension("grants.toml");
    let path = file.unwrap_or(&beside);
    match text_of(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.is_none() => Ok(Wants::of_module(wasm)),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        Ok(text) => Wants::read(&text).map_err(|error| format!("{}: {error}", path.display())),
    }
}

/// Has the module say that its guest wants `grants`, and is told what it says already.
pub fn put_into(wasm: &mut Vec<u8>, grants: &Grants) {
    Wants { grants: grants.clone(), events: Events::of_module(wasm) }.put_into(wasm);
}

/// The module without its custom sections of these names; `None` when it cannot be read.
fn without_sections(wasm: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    let mut kept = wasm.get(..PREAMBLE)?.to_vec();
    let mut end = PREAMBLE;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.ok()?;
        let Some((_, range)) = payload.as_section() else { continue };
        let section = wasm.get(end..usize::try_from(range.end).ok()?)?;
        let is_named = matches!(&payload, Payload::CustomSection(section) if names.contains(&section.name()));
        if !is_named {
            // Its head, too.
            kept.extend_from_slice(section);
        }
        end += section.len();
    }
    Some(kept)
}

/// Has the guest in the module say in its log what it does to hardware.
pub fn trace(wasm: &mut Vec<u8>) {
    add_section(wasm, hal::TRACE, &[]);
}

/// Adds a custom section of that name.
fn add_section(wasm: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let section = [&[name.len() as u8], name.as_bytes(), bytes].concat();
    wasm.push(0);
    let mut len = section.len();
    while len >= 0x80 {
        wasm.push(len as u8 | 0x80);
        len >>= 7;
    }
    wasm.push(len as u8);
    wasm.extend_from_slice(&section);
}

/// Bytes of a module before its first section.
const PREAMBLE: usize = 8;

/// More bytes than the most grants or events with the longest names take.
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
        let plain = wat::parse_str("(module (func) (@custom \"other\" \"words\"))").unwrap();
        let mut wasm = plain.clone();
        for text in [
            "output = [\"led\"]",
            "[i2c.a]\naddresses = [1, 127]\n[i2c.b]\naddresses = [126]\n[i2c.c]\naddresses = [125]\n[i2c.d]\naddresses = [124]",
        ] {
            let wants = Wants::read(text).unwrap();
            wants.put_into(&mut wasm);
            assert_eq!(Wants::of_module(&wasm), wants);
            let once = wasm.clone();
            wants.put_into(&mut wasm);
            assert_eq!(wasm, once);
        }
        wasmparser::validate(&wasm).unwrap();
        Wants::NONE.put_into(&mut wasm);
        assert_eq!(wasm, plain);
        let mut no_module = b"no module".to_vec();
        Wants::NONE.put_into(&mut no_module);
        assert_eq!(no_module, b"no module");
    }

    #[test]
    fn events_are_read_and_said_by_the_module() {
        let text = "input = [\"key\"]\nclock = [\"clock\"]\nuart = [\"gps\"]\n\
                    [[edge]]\ninput = \"key\"\nedge = \"both\"\nentry = \"pressed\"\nfuel = 7\n\
                    [[tick]]\nclock = \"clock\"\nevery_ms = 10\nentry = \"tick\"\nfuel = 8\n\
                    [[line]]\nuart = \"gps\"\nentry = \"line\"\nfuel = 9\n[events]\nqueue = 2";
        let wants = Wants::read(text).unwrap();
        let told: Vec<_> = wants.events.iter().map(|event| (event.entry.as_str(), event.fuel)).collect();
        assert_eq!((told, wants.events.queue()), (vec![("tick", 8), ("pressed", 7), ("line", 9)], 2));
        let mut wasm = wat::parse_str("(module)").unwrap();
        wants.put_into(&mut wasm);
        assert_eq!(Wants::of_module(&wasm), wants);
        // Another file takes back what the module says.
        let silent = Wants::read("clock = [\"clock\"]").unwrap();
        silent.put_into(&mut wasm);
        assert_eq!(Wants::of_module(&wasm), silent);
        wasmparser::validate(&wasm).unwrap();
    }

    #[test]
    fn what_is_wrong_is_named() {
        let edge = "[[edge]]\ninput = \"key\"\nedge = \"both\"\nentry = \"pressed\"\nfuel = 7\n";
        let tick = "clock = [\"c\"]\n[[tick]]\nclock = \"c\"\nfuel = 1\nentry = \"tick\"\nevery_ms = ";
        for (text, named) in [
            (edge, "pressed is told of input `key`, which is not asked for: input = [\"key\"]"),
            (&format!("output = [\"key\"]\n{edge}"), "not asked for"),
            (&format!("input = [\"key\"]\n{}", edge.repeat(9)), "at most 8"),
            (&format!("input = [\"key\"]\n{}", edge.replace("both", "any")), "rising"),
            (&format!("input = [\"key\"]\n{}", edge.replace("pressed", &"x".repeat(32))), "31 bytes"),
            (&format!("{tick}0"), "every 0 ms"),
            (&format!("{tick}1\n[events]\nqueue = 33"), "1 to 32"),
        ] {
            assert!(Wants::read(text).unwrap_err().contains(named), "{text}: {:?}", Wants::read(text));
        }
        for (text, named) in [
            ("outptu = []", "outptu"),
            ("output = [\"a name that is too long\"]", "15 bytes"),
            ("output = [\"a\", \"a\"]", "two of a"),
            ("[i2c.bus]\naddresses = [200]", "i2c.bus: 0xc8"),
            ("[i2c.bus]", "addresses"),
            ("[spi.bus]\nmax_hz = 0", "nonzero"),
        ] {
            assert!(Terms::read(text).unwrap_err().contains(named), "{text}: {:?}", Terms::read(text));
        }
    }
}
