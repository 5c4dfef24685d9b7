//! `diff`: runs one request on several targets and compares what it came to.

use std::process::ExitCode;

use aingle_wasm::Outcome;
use aingle_wasm_core::link::Delivery;
use serde::Serialize;

use crate::{
    args::{Diff, Hardware},
    exports,
    fail::{Done, Fail},
    input,
    report::{self, Report},
    session::Session,
    terminal,
    verb::invoke,
};

pub fn run(arguments: &Diff) -> ExitCode {
    match diff(arguments) {
        Ok(code) => code.into(),
        Err(fail) => fail.exit(),
    }
}

/// Whether a target says something of the request: not when it failed, or ran out of something real.
fn has_opinion(report: &Report) -> bool {
    !matches!(report.outcome(), Outcome::Failed | Outcome::Misuse | Outcome::Abstain)
}

/// The exit code when targets differ.
const DIFFER: u8 = 1;

fn diff(arguments: &Diff) -> Done<u8> {
    if arguments.on.len() < 2 {
        return Err(Fail::usage("one target has nothing to differ from: give --on twice or more"));
    }
    let described = &arguments.hardware;
    // Who has hardware of its own is to come to the same with that.
    let none = Hardware { mock: None, linux: None, grants: described.grants.clone() };
    // Once, since the standard input comes only once.
    let request = arguments.input.read()?;
    let mut reports = Vec::new();
    for on in &arguments.on {
        let hardware = if on.is_here() { described } else { &none };
        let session = Session::prepare(&arguments.file, on, &arguments.link, hardware)?;
        if reports.is_empty() {
            session.announce();
        }
        reports.push(ask(arguments, &request, &session, Report::new(on))?);
    }
    let differing =
        Differing::among(&reports.iter().filter(|report| has_opinion(report)).collect::<Vec<_>>());
    let text = if arguments.json {
        report::json(&Page { agree: differing.0.is_empty(), differing: &differing.0, targets: &reports })
    } else {
        page(&reports, &differing)
    };
    input::print(text.as_bytes())?;
    // A target that has no opinion neither agrees nor differs.
    let silent = reports.iter().find(|report| !has_opinion(report)).map(Report::outcome);
    Ok(match silent {
        Some(outcome) => outcome.exit_code(),
        None if differing.0.is_empty() => 0,
        None => DIFFER,
    })
}

/// An entry gets the request, any other export its arguments.
fn ask(arguments: &Diff, request: &[u8], session: &Session, mut report: Report) -> Done<Report> {
    let Diff { name, words, fuel, .. } = arguments;
    let is_entry = session.summary.iter().flat_map(exports::entries).any(|entry| entry == name);
    if is_entry && words.is_empty() {
        session.run(&mut report, name, *fuel, |target, report| {
            let reply = target.call(name, request, *fuel, Delivery::Call)?;
            report.replied(target, reply);
            Ok(())
        });
    } else if arguments.input.is_given() {
        return Err(Fail::usage(format!(
            "{name} is no entry, so it takes no --input; {}",
            session.entries()
        )));
    } else {
        let values = invoke::read(session, name, words)?;
        session.run(&mut report, name, *fuel, |target, report| {
            let (results, run) = target.invoke(name, &values, *fuel)?;
            report.returned(target, &results, &run);
            Ok(())
        });
    }
    Ok(report)
}

#[derive(Serialize)]
struct Page<'a> {
    agree: bool,
    differing: &'a [&'static str],
    targets: &'a [Report],
}

/// What is not the same everywhere, by the names of the report's keys.
struct Differing(Vec<&'static str>);

impl Differing {
    fn among(reports: &[&Report]) -> Self {
        let Some((first, rest)) = reports.split_first() else { return Self(Vec::new()) };
        let first = first.comparable();
        let names = first
            .iter()
            .enumerate()
            .filter(|(at, (_, value))| rest.iter().any(|report| report.comparable()[*at].1 != *value));
        Self(names.map(|(_, (name, _))| *name).collect())
    }
}

fn page(reports: &[Report], differing: &Differing) -> String {
    let rows = reports.iter().map(Report::row);
    let head = ["target", "outcome", "fuel", "host calls", "reply"].map(str::to_owned);
    let rows: Vec<_> = [head].into_iter().chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    for (target, message) in reports.iter().filter_map(|report| Some((report.target(), report.message()?))) {
        text += &(terminal::sentence(&format!("{target}: {message}")) + "\n");
    }
    let silent = reports.iter().filter(|report| !has_opinion(report)).count();
    let told = reports.len() - silent;
    text + &match (differing.0.as_slice(), silent) {
        ([], 0) => format!("all {told} agree\n"),
        ([], _) if told < 2 => {
            format!("{told} of {} came to a verdict: there is nothing to compare\n", reports.len())
        }
        ([], _) => format!("{told} of {} agree, the others have no opinion\n", reports.len()),
        (names, _) => format!("they differ in {}\n", names.join(", ")),
    }
}
