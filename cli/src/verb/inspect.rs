//! `inspect`: what a module is and needs, and what targets say of it.

use std::{fmt::Write, process::ExitCode};

use aingle_wasm::{
    Chip, Error, On, Options, Outcome, Target,
    hardware::{self, Bench, Fitting, Wants},
};
use aingle_wasm_core::hal::Grants;
use aingle_wasm_fuel::{
    Summary,
    summary::{Memory, Type},
};
use serde::Serialize;

use crate::{
    args::{Hardware, Inspect},
    charges::Charges,
    exports,
    fail::{Done, Fail},
    input,
    pace::Pace,
    records::Records,
    report::json,
    session::{self, Session},
    terminal,
};

pub fn run(arguments: &Inspect) -> ExitCode {
    match inspect(arguments) {
        Ok(outcome) => outcome.exit_code().into(),
        Err(fail) if arguments.json => {
            let told = input::print(
                json(&Told { outcome: fail.outcome.name(), message: &fail.sentence }).as_bytes(),
            );
            told.map_or_else(|fail| fail.exit(), |()| fail.outcome.exit_code().into())
        }
        Err(fail) => fail.exit(),
    }
}

#[derive(Serialize)]
struct Told<'a> {
    outcome: &'a str,
    message: &'a str,
}

fn inspect(arguments: &Inspect) -> Done<Outcome> {
    let options = session::options(&arguments.link)?;
    let wasm = input::file(&arguments.file)?;
    let summary = Summary::read(&wasm).map_err(|error| {
        let why = session::not_wasm(&wasm).map_or_else(|| session::brief(&error), str::to_owned);
        let sentence = format!("{} is no module: {why}", arguments.file.display());
        Fail { outcome: Outcome::Refused, sentence }
    })?;
    let hardware = Hardware { grants: arguments.grants.clone(), ..Hardware::default() };
    let wants =
        hardware::wants_of(&arguments.file, &wasm, hardware.grants.as_deref()).map_err(Fail::usage)?;
    let targets = match &arguments.on {
        Some(on) => vec![on.clone()],
        None => vec![On::Wasmer, On::Wasmi],
    };
    let (mut verdicts, mut chip) = (Vec::new(), None);
    for on in targets {
        let session = Session::prepare(&arguments.file, &on, &arguments.link, &hardware)?;
        // Ahead of the targets: threads of theirs would allocate and free meanwhile.
        chip = chip.or_else(|| ChipNeeds::of(&session.wasm, &wants.grants));
        // A machine that gives all that is wanted: what it is good for shows when it is called.
        let grants = wants.grants.clone();
        let fitting = on.is_here().then(|| Fitting { bench: Bench::empty(), grants });
        verdicts.push(Verdict::ask(&on, &Options { fitting, ..options.clone() }, &session));
    }
    let outcome = verdicts.iter().map(|verdict| verdict.kind).find(|kind| *kind != Outcome::Reply);
    let page = Page::new(&wasm, &summary, &wants, chip, verdicts);
    let text = if arguments.json { json(&page) } else { page.text() };
    input::print(text.as_bytes())?;
    Ok(outcome.unwrap_or(Outcome::Reply))
}

/// All that can be said of a module.
#[derive(Serialize)]
struct Page {
    size: usize,
    entries: Vec<String>,
    exports: Vec<Item>,
    imports: Vec<Item>,
    memory: Option<Bytes>,
    start: bool,
    sections: Vec<Section>,
    guest: Option<Records>,
    /// Why it takes no request.
    without_room: Option<&'static str>,
    /// What it asks of its host.
    grants: Vec<String>,
    /// What it wants to be told of.
    events: Vec<String>,
    fuel: Charges,
    /// What a chip needs to load and start it, predicted.
    chip: Option<ChipNeeds>,
    targets: Vec<Verdict>,
}

/// What a chip needs, in bytes.
#[derive(Serialize)]
struct ChipNeeds {
    /// When its module is read where it lies.
    heap: u32,
    /// When its module comes over a link.
    heap_sent: u32,
    stack: u32,
}

impl ChipNeeds {
    fn of(wasm: &[u8], wants: &Grants) -> Option<Self> {
        let chip = session::chip(wasm, wants.clone()).or_else(|| Chip::counted(wasm))?;
        let (in_place, sent) = (chip.in_place(), chip.sent(wasm.len()));
        Some(Self { heap: in_place.heap, heap_sent: sent.heap, stack: sent.stack })
    }
}

/// An import or export; an export has no module.
#[derive(Serialize)]
struct Item {
    module: Option<String>,
    name: String,
    r#type: String,
}

/// A memory, in bytes.
#[derive(Serialize)]
struct Bytes {
    minimum: u64,
    maximum: Option<u64>,
    page: u32,
}

#[derive(Serialize)]
struct Section {
    name: String,
    size: usize,
}

/// What a target says of the module.
#[derive(Serialize)]
struct Verdict {
    on: String,
    outcome: &'static str,
    message: Option<String>,
    memory: Option<u32>,
    /// What a unit of fuel takes there.
    pace: Option<Pace>,
    #[serde(skip)]
    kind: Outcome,
}

impl Verdict {
    fn ask(on: &On, options: &Options, session: &Session) -> Self {
        let asked = Target::open(on, options).and_then(|mut target| {
            let memory = target.load(&session.wasm, |_| ())?;
            Ok((memory, Pace::of(&mut target)))
        });
        let kind = asked.as_ref().map_or_else(Outcome::of, |_| Outcome::Reply);
        let message = asked.as_ref().err().map(|error: &Error| session.explain(error, "", 0));
        let (memory, pace) = asked.ok().unzip();
        Self {
            on: on.to_string(),
            outcome: if kind == Outcome::Reply { "loaded" } else { kind.name() },
            message,
            memory,
            pace: pace.flatten(),
            kind,
        }
    }
}

impl Page {
    fn new(
        wasm: &[u8],
        summary: &Summary,
        wants: &Wants,
        chip: Option<ChipNeeds>,
        targets: Vec<Verdict>,
    ) -> Self {
        let export = |export: &aingle_wasm_fuel::summary::Export| Item {
            module: None,
            name: export.name.clone(),
            r#type: shown(&export.ty),
        };
        let import = |import: &aingle_wasm_fuel::summary::Import| Item {
            module: Some(import.module.clone()),
            name: import.name.clone(),
            r#type: shown(&import.ty),
        };
        let sections =
            summary.custom.iter().map(|custom| Section { name: custom.name.clone(), size: custom.size });
        Self {
            size: wasm.len(),
            entries: exports::entries(summary).map(str::to_owned).collect(),
            exports: summary.exports.iter().map(export).collect(),
            imports: summary.imports.iter().map(import).collect(),
            memory: summary.memory.map(|Memory { minimum, maximum, page }| Bytes { minimum, maximum, page }),
            start: summary.start,
            sections: sections.collect(),
            guest: Records::read(wasm),
            without_room: exports::without_room(summary),
            grants: wants.grants.iter().map(hardware::shown).collect(),
            events: wants.events.iter().map(hardware::told).collect(),
            fuel: Charges::of(wasm),
            chip,
            targets,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:9}{}", terminal::line(&value));
        };
        line("size", format!("{} bytes", self.size));
        match &self.memory {
            Some(memory) => line("memory", memory.text()),
            None => line("memory", "none".to_owned()),
        }
        if let Some(Records { abi: Some(abi), sdk: Some(sdk), .. }) = &self.guest {
            line("guest", format!("ABI {abi}, SDK {sdk}"));
        }
        if let (Some(why), false) = (self.without_room, self.entries.is_empty()) {
            line("guest", why.to_owned());
        }
        for entry in &self.entries {
            let records = self.guest.iter().flat_map(|records| &records.entries);
            let form = records.into_iter().find(|record| record.name == *entry).map(|record| record.form);
            line("entry", form.map_or_else(|| entry.clone(), |form| format!("{entry}  {form}")));
        }
        for Item { name, r#type, .. } in
            self.exports.iter().filter(|export| !self.entries.contains(&export.name))
        {
            line("export", format!("{name}  {}", r#type));
        }
        for Item { module, name, r#type } in &self.imports {
            line("import", format!("{}.{name}  {}", module.as_deref().unwrap_or_default(), r#type));
        }
        for grant in &self.grants {
            line("wants", grant.clone());
        }
        for event in &self.events {
            line("event", event.clone());
        }
        if self.start {
            line("start", "has a start function".to_owned());
        }
        for Section { name, size } in &self.sections {
            line("section", format!("{name}  {size} bytes"));
        }
        line("check", self.fuel.check());
        if let Some(fuel) = self.fuel.text() {
            line("fuel", fuel);
        }
        if let Some(ChipNeeds { heap, heap_sent, stack }) = &self.chip {
            line(
                "chip",
                format!(
                    "about {heap} bytes of heap, its memory included, {heap_sent} when its module comes over a link, \
                     and {stack} of stack"
                ),
            );
        }
        for verdict in &self.targets {
            let said = match (&verdict.message, verdict.memory) {
                (None, Some(memory)) => {
                    let pace =
                        verdict.pace.as_ref().map_or_else(String::new, |pace| format!("; {}", pace.text()));
                    format!("loads it, {memory} bytes of memory{pace}")
                }
                (message, _) => message.clone().unwrap_or_default(),
            };
            text += &format!("target   {}\n", terminal::sentence(&format!("{}: {said}", verdict.on)));
        }
        text
    }
}

impl Bytes {
    fn text(&self) -> String {
        let Self { minimum, maximum, page } = self;
        let grows = match maximum {
            Some(maximum) if maximum == minimum => "fixed".to_owned(),
            Some(maximum) => format!("can grow to {maximum}"),
            None => "can grow".to_owned(),
        };
        format!("{minimum} bytes, {grows}, pages of {page}")
    }
}

fn shown(ty: &Type) -> String {
    match ty {
        Type::Function(signature) => signature.to_string(),
        Type::Global { value, mutable: true } => format!("mutable {value}"),
        Type::Global { value, .. } => format!("constant {value}"),
        Type::Memory => "memory".to_owned(),
        Type::Table => "table".to_owned(),
        _ => "other".to_owned(),
    }
}
