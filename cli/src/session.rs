//! What `run` and `invoke` share: the target is opened, the module loaded, the log fetched.

mod explain;

pub use explain::{brief, not_wasm, silent};

use std::{
    io::{IsTerminal, stderr},
    path::Path,
    process::ExitCode,
};

use aingle_wasm::{
    Chip, Error, Machine, On, Options, Outcome, Target,
    hardware::{self, Bench, Call, Fitting, Telling, Wants},
};
use aingle_wasm_core::{
    engine::Footprint,
    hal::Grants,
    host::{self, Imports},
    link::{Delivery, client},
};
use aingle_wasm_fuel::{Profile, Refusal, Summary, canonicalise, check, spec::Spec, summary::Signature};

use crate::{
    args::{Hardware, Link},
    exports,
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
                Ok(canonical) => {
                    // The form may break another rule, which the target then names.
                    let repaired = check(&canonical, &Profile::DEVICE).is_ok().then_some(refusal);
                    (canonical.into_owned(), repaired)
                }
                Err(_) => (wasm, None),
            },
            _ => (wasm, None),
        };
        let wants = hardware::wants_of(file, &wasm, hardware.grants.as_deref()).map_err(Fail::usage)?;
        if wants != Wants::of_module(&wasm) {
            wants.put_into(&mut wasm);
        }
        let bench = fit::bench(on, hardware)?;
        let refused =
            |sentence: String| Fail { outcome: Outcome::Refused, sentence: terminal::line(&sentence) };
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
        self.summary.as_ref().map_or(Ok(()), |summary| exports::are_entries(events, summary))?;
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
            terminal::say(&format!(
                "note: {} charges by specification {theirs:08x}, this command by {ours:08x}",
                self.on
            ));
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

    /// The type of the exported function `name`.
    pub fn signature(&self, name: &str) -> Option<&Signature> {
        let functions = self.summary.iter().flat_map(exports::functions);
        functions.into_iter().find_map(|(export, signature)| (export == name).then_some(signature))
    }
}

/// What a chip is predicted to need for a guest that is granted what it wants.
pub fn chip(wasm: &[u8], wants: Grants) -> Option<Chip> {
    let imports = Imports::from(host::standard()).with_hardware();
    Chip::predict(&crate::HEAP, wasm, imports, Machine::new(0, wants, Bench::empty()))
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

/// Shows a long upload to whoever is looking.
fn progress(total: usize) -> impl FnMut(usize) {
    let shown = stderr().is_terminal() && total > LONG;
    move |sent| {
        if shown {
            let end = if sent == total { "\r\x1b[K" } else { "" };
            terminal::aside(&format!("\rloading {}%{end}", sent * 100 / total.max(1)));
        }
    }
}

/// A module of more bytes takes a while on a serial port.
const LONG: usize = 16 << 10;
