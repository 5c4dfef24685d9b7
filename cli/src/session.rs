//! What `run` and `invoke` share: the target is opened, the module loaded, the log fetched.

use std::{
    io::{IsTerminal, stderr},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use aingle_wasm::{
    Chip, Error, Machine, On, Options, Outcome, Target,
    hardware::{self, Bench, Call, Fitting, Telling, Wants},
    outcome,
};
use aingle_wasm_core::{
    abi,
    engine::Footprint,
    error::{self, CallError, Trap},
    events::{Event, Events},
    hal::{Function, Grants},
    host::{self, Imports},
    link::{Delivery, client},
};
use aingle_wasm_fuel::{
    Profile, Refusal, Summary, canonicalise, check,
    spec::Spec,
    summary::{Signature, Type, Value},
};

use crate::{
    args::{Hardware, Link},
    fail::{Done, Fail},
    fit, input,
    report::Report,
    terminal,
};

/// A module that is about to run on a target.
pub struct Session {
    /// In its canonical form, if it has one.
    pub wasm: Vec<u8>,
    /// What the file breaks that its canonical form does not.
    pub repaired: Option<Refusal>,
    /// Absent when the module cannot be read; then the target says what it makes of it.
    pub summary: Option<Summary>,
    /// What it wants of its host, which it says itself to a target.
    pub wants: Wants,
    on: On,
    options: Options,
    bench: Option<Bench>,
}

impl Session {
    /// Reads all that is needed before a target is opened.
    pub fn prepare(file: &Path, on: &On, link: &Link, hardware: &Hardware) -> Done<Self> {
        let mut options = options(link)?;
        let wasm = input::file(file)?;
        let summary = Summary::read(&wasm).ok();
        let (mut wasm, repaired) = match check(&wasm, &Profile::DEVICE) {
            Err(refusal) if refusal.rule.is_repairable() => match canonicalise(&wasm) {
                Ok(canonical) => (canonical.into_owned(), Some(refusal)),
                Err(_) => (wasm, None),
            },
            _ => (wasm, None),
        };
        let wants = hardware::wants_of(file, &wasm, hardware.grants.as_deref()).map_err(Fail::usage)?;
        if wants != Wants::of_module(&wasm) {
            wants.put_into(&mut wasm);
        }
        let bench = fit::bench(on, hardware)?;
        let refused = |sentence| Fail { outcome: Outcome::Refused, sentence };
        let fitting = bench.clone().map(|bench| Fitting::new(&wants.grants, bench));
        options.fitting = fitting.transpose().map_err(refused)?;
        Ok(Self { wasm, repaired, summary, wants, on: on.clone(), options, bench })
    }

    /// Tells people that not the file itself runs, and what its guest will be refused.
    pub fn announce(&self) {
        if let Some(refusal) = &self.repaired {
            terminal::say(&format!(
                "note: {refusal}; the module runs in its canonical form, which `aingle-wasm build` makes"
            ));
        }
        let fitting = self.options.fitting.as_ref();
        if let Some(bus) = fitting.and_then(|fitting| fitting.bench.too_fast(&fitting.grants)) {
            terminal::say(&format!("note: {bus}, so it is refused when it opens that"));
        }
    }

    /// Opens the target, loads the module, tells the guest what happens on its bench, has `act` run its export `name`
    /// under `fuel` units, and fetches the log.
    pub fn run(
        &self,
        report: &mut Report,
        name: &str,
        fuel: u64,
        act: impl FnOnce(&mut Target, &mut Report) -> Result<(), Error>,
    ) {
        match self.telling() {
            Ok(telling) => self.run_told(report, name, fuel, telling, act),
            Err(sentence) => report.failed(&Fail::usage(sentence)),
        }
        if let Some(unmet) = self.bench.as_ref().and_then(Bench::unmet) {
            report.differs(&unmet);
        }
    }

    /// What the guest is told by its bench.
    fn telling(&self) -> Result<Option<Telling>, String> {
        let events = &self.wants.events;
        self.summary.as_ref().map_or(Ok(()), |summary| are_entries(events, summary))?;
        let happens = !self.on.is_here() || self.bench.as_ref().is_some_and(Bench::is_mock);
        if let Some(event) = events.iter().next().filter(|_| !happens) {
            terminal::say(&format!(
                "note: the guest is told of nothing here, as of `{}`: a board looks for that, and --mock describes it",
                hardware::told(event)
            ));
        }
        self.bench.clone().map(|bench| Telling::new(&self.wasm, bench)).transpose()
    }

    fn run_told(
        &self,
        report: &mut Report,
        name: &str,
        fuel: u64,
        telling: Option<Telling>,
        act: impl FnOnce(&mut Target, &mut Report) -> Result<(), Error>,
    ) {
        let mut target = match Target::open(&self.on, &self.options) {
            Ok(target) => target,
            Err(error) => {
                return report.target_failed(None, &error, self.explain(&error, name, fuel));
            }
        };
        report.opened(&target);
        let (theirs, ours) = (target.info().fuel_spec, Spec::V1.hash());
        if theirs != ours {
            eprintln!("note: {} charges by specification {theirs:08x}, this command by {ours:08x}", self.on);
        }
        let loaded = self.reserve(&mut target).and_then(|()| {
            let progress = progress(self.wasm.len());
            target.load(&self.wasm, progress)
        });
        match loaded {
            Ok(memory) => report.loaded(memory),
            Err(error) => {
                return report.target_failed(Some(&target), &error, self.explain(&error, name, fuel));
            }
        }
        let mut told = telling.into_iter().flatten();
        let told = told.try_for_each(|Call { entry, fuel, event }| {
            let told = target.call(&entry, &event, fuel, Delivery::Event);
            report.told(entry, told.map(|reply| reply.run))
        });
        if let Err(error) = told.and_then(|()| act(&mut target, report)) {
            let heard = matches!(error, Error::Link(client::Error::Failed(..)));
            report.target_failed(Some(&target), &error, self.explain(&error, name, fuel));
            if !heard {
                return;
            }
        }
        if let Ok((lines, dropped)) = target.log() {
            report.logged(lines, dropped);
        }
    }

    /// Asks a target with little memory whether the guest will fit, as far as that can be foretold.
    fn reserve(&self, target: &mut Target) -> Result<(), Error> {
        if target.info().room == Footprint::default() {
            return Ok(());
        }
        let chip = chip(&self.wasm, Grants::of_module(&self.wasm));
        chip.map_or(Ok(()), |chip| target.reserve(chip.sent(self.wasm.len())))
    }

    /// Says what went wrong and what to do.
    pub fn explain(&self, error: &Error, name: &str, fuel: u64) -> String {
        let said = error.to_string();
        match (error, outcome::guest_error(error)) {
            (_, Some(error::Error::Import(index))) => self.import(index),
            (_, Some(error::Error::Grant(place))) => {
                let wants = Grants::of_module(&self.wasm);
                let wanted = wants.iter().nth(place.into()).map_or_else(|| said.clone(), hardware::shown);
                format!(
                    "the module was refused: its guest wants {wanted}, which {} does not give; its NAME.grants.toml may \
                     ask for less, or --firmware name other firmware",
                    self.on
                )
            }
            (_, Some(error::Error::Call(CallError::NoEntry | CallError::EntryType))) => {
                format!("{said}: {name}; {}", self.entries())
            }
            (_, Some(error::Error::Call(CallError::Arguments))) => match self.signature(name) {
                Some(signature) => format!("{said}: {name} is {signature}"),
                None => format!("{said}: {name}"),
            },
            (_, Some(error::Error::Trap(Trap::OutOfFuel))) => {
                format!(
                    "trap: {said} under a limit of {fuel} units; allow more with --fuel, or look for an endless loop"
                )
            }
            (_, Some(error::Error::Trap(_))) => format!("trap: {said}"),
            (_, Some(error::Error::Rule(_) | error::Error::Module(_)))
                if let Some(why) = not_wasm(&self.wasm) =>
            {
                format!("the module was refused: {why}")
            }
            (_, Some(error::Error::Rule(_))) => match check(&self.wasm, &Profile::DEVICE) {
                Err(refusal) => format!("the module was refused: {refusal}"),
                // The target checks by other rules than this command.
                Ok(()) => format!("the module was refused: {said}"),
            },
            (_, Some(error::Error::Module(_))) => match canonicalise(&self.wasm) {
                Err(why) => format!("the module was refused: {said} ({})", first_line(&why)),
                // It is valid, but its data or elements do not fit.
                Ok(_) => format!("the module was refused: {said}, or its segments do not fit"),
            },
            (_, Some(error::Error::Codec(_))) if self.options.key.is_some() => format!(
                "the link to {} failed: {said}; are --key-hex and --key-id those of its key?",
                self.on
            ),
            (Error::Unfinished(0), _) => format!(
                "{} took the request and did not answer in {} s: its guest may still be running; allow it more time with \
                 --timeout, or less fuel with --fuel",
                self.on,
                self.options.timeout.as_secs_f64()
            ),
            (Error::Unfinished(used), _) => format!(
                "the guest on {} was ended after {} s, with {used} of its {fuel} units of fuel: allow it more time with \
                 --timeout, or less fuel with --fuel",
                self.on,
                self.options.timeout.as_secs_f64()
            ),
            (Error::Silent | Error::Link(client::Error::TimedOut), _) => {
                silent(error, &self.on, self.options.timeout)
            }
            (Error::Unreachable(_), _) => said,
            (Error::Link(client::Error::Wire(_) | client::Error::Link(_) | client::Error::Abi(_)), _) => {
                format!("the link to {} failed: {said}", self.on)
            }
            _ => said,
        }
    }

    /// The exported functions that are entries.
    pub fn entries(&self) -> String {
        its_entries(self.summary.iter().flat_map(entries))
    }

    /// The type of the exported function `name`.
    pub fn signature(&self, name: &str) -> Option<&Signature> {
        let functions = self.summary.iter().flat_map(functions);
        functions.into_iter().find_map(|(export, signature)| (export == name).then_some(signature))
    }

    fn import(&self, index: u16) -> String {
        let Some(import) = self.summary.as_ref().and_then(|summary| summary.import(index)) else {
            return format!("the module was refused: {} does not offer its import {index}", self.on);
        };
        let of_hardware = import.module == abi::REGISTER_MODULE;
        let why = match of_hardware.then(|| Function::named(&import.name)).flatten() {
            Some(function) => fit::ungranted(function, &self.wants.grants, &self.on),
            None => format!(
                "which {} does not offer, or not with that type; `aingle-wasm inspect` lists what it imports",
                self.on
            ),
        };
        format!("the module was refused: it imports {}.{}, {why}", import.module, import.name)
    }
}

/// What a chip is predicted to need for a guest that is granted what it wants.
pub fn chip(wasm: &[u8], wants: Grants) -> Option<Chip> {
    let imports = Imports::from(host::standard()).with_hardware();
    Chip::predict(&crate::HEAP, wasm, imports, Machine::new(0, wants, Bench::empty()))
}

/// What bytes are that are no module at all, and what to do.
pub fn not_wasm(wasm: &[u8]) -> Option<&'static str> {
    match wasm.trim_ascii_start() {
        _ if wasm.starts_with(b"\0asm") => None,
        [b'(', b'm' | b';', ..] | [b';', b';', ..] => Some(
            "it is the text of a module, which must be assembled first: `wat2wasm FILE`, or `wasm-tools parse FILE -o \
             FILE.wasm`",
        ),
        _ => Some("it is not WebAssembly, whose files begin with the bytes 00 61 73 6d"),
    }
}

/// An error without what is for the developers of parsers.
pub fn first_line(error: &aingle_wasm_fuel::Error) -> String {
    error.to_string().split(" - expected").next().unwrap_or_default().to_owned()
}

/// How the target is to be opened.
pub fn options(link: &Link) -> Done<Options> {
    Ok(Options {
        timeout: link.timeout,
        firmware: link.firmware.clone(),
        count_instructions: link.count_instructions,
        emulator: link.emulator.clone(),
        baud: link.baud,
        key: input::key(link.key_hex.as_deref(), link.key_id)?,
        guest: link.guest,
        fitting: None,
    })
}

/// Ends a verb that failed before its target was asked.
pub fn give_up(on: &On, json: bool, fail: &Fail) -> ExitCode {
    let mut report = Report::new(on);
    report.failed(fail);
    report.print(json)
}

/// The exported functions, by name.
pub fn functions(summary: &Summary) -> impl Iterator<Item = (&str, &Signature)> {
    summary.exports.iter().filter_map(|export| match &export.ty {
        Type::Function(signature) => Some((export.name.as_str(), signature)),
        _ => None,
    })
}

/// The names of the entries.
pub fn entries(summary: &Summary) -> impl Iterator<Item = &str> {
    let is_entry = |signature: &Signature| {
        signature.parameters == [Value::I32, Value::I32] && signature.results == [Value::I64]
    };
    let named = functions(summary)
        .filter(move |(name, signature)| is_entry(signature) && !name.starts_with(abi::RESERVED));
    named.map(|(name, _)| name)
}

fn its_entries<'s>(entries: impl Iterator<Item = &'s str>) -> String {
    match listed(entries).as_str() {
        "" => "it has no entries; `aingle-wasm inspect` says what it has".to_owned(),
        listed => format!("its entries are {listed}"),
    }
}

/// The first of some names, and how many more there are.
pub fn listed(mut names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut text = String::new();
    for name in names.by_ref().take(MANY) {
        let comma = if text.is_empty() { "" } else { ", " };
        text += &format!("{comma}{}", name.as_ref());
    }
    match names.count() {
        0 => text,
        more => format!("{text}, and {more} more"),
    }
}

/// Checks that what a guest is told of has an entry to be told to.
///
/// # Errors
/// A sentence that names one that is none.
pub fn are_entries(events: &Events, summary: &Summary) -> Result<(), String> {
    let is_entry = |name: &str| entries(summary).any(|entry| entry == name);
    match events.iter().find(|event| !is_entry(&event.entry)) {
        None => Ok(()),
        Some(Event { entry, .. }) => Err(format!(
            "the guest is told of events by {entry}, and has no such entry; {}",
            its_entries(entries(summary))
        )),
    }
}

/// What to say of a target that did not answer.
pub fn silent(error: &Error, on: &On, timeout: Duration) -> String {
    let what = match (error, on) {
        (Error::Silent, On::Serial(_)) => {
            "is the board running the firmware, is this its port, and is no other program using it?"
        }
        (Error::Silent, On::Tcp(_)) => "is it a link to a board, and is no other program using it?",
        (Error::Silent, On::Qemu(_)) => "is its firmware for this board, with the link on its UART?",
        (Error::Silent, On::Wasmer | On::Wasmi) => "a slow machine needs a larger --timeout",
        _ => "it answered before, so a larger --timeout may help, unless the link was lost",
    };
    format!("{on} did not answer in {} s: {what}", timeout.as_secs_f64())
}

/// Shows a long upload to whoever is looking.
fn progress(total: usize) -> impl FnMut(usize) {
    let shown = stderr().is_terminal() && total > LONG;
    move |sent| {
        if shown {
            let end = if sent == total { "\r\x1b[K" } else { "" };
            eprint!("\rloading {}%{end}", sent * 100 / total.max(1));
        }
    }
}

/// Names in a sentence.
const MANY: usize = 32;

/// A module of more bytes takes a while on a serial port.
const LONG: usize = 16 << 10;
