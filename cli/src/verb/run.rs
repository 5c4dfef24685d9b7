//! `run`: calls an entry.

use std::{fs, path::Path, process::ExitCode};

use aingle_wasm::{
    Outcome,
    hardware::{self, Bench, Call, Telling, Wants},
};
use aingle_wasm_core::{hal::Grants, link::message::Delivery};

use crate::{
    args::{Hardware, Run},
    fail::{Done, Fail},
    input,
    report::Report,
    session::{Session, give_up},
};

pub fn run(arguments: Run) -> ExitCode {
    let Run { file, entry, input, event, hardware, fuel, json, at } = arguments;
    let prepared = input.read().and_then(|request| {
        let mut session = Session::prepare(&file, &at.on, &at.link)?;
        let bench = bench(&hardware, &file, &mut session)?;
        Ok((request, session, bench))
    });
    let telling = |(request, session, bench): (_, Session, Option<Bench>)| {
        let telling = bench.clone().map(|bench| Telling::new(&session.wasm, bench)).transpose();
        Ok((request, telling.map_err(Fail::usage)?, session, bench))
    };
    let (request, telling, session, bench) = match prepared.and_then(telling) {
        Ok(prepared) => prepared,
        Err(fail) => return give_up(&at.on, json, &fail),
    };
    session.announce();
    let mut report = Report::new(&at.on);
    session.run(&mut report, &entry, fuel, |target, report| {
        // What happens on the bench happens first.
        for Call { entry, fuel, event } in telling.into_iter().flatten() {
            let told = target.call(&entry, &event, fuel, Delivery::Event);
            report.told(entry, told.map(|reply| reply.run))?;
        }
        if event {
            let run = target.call(&entry, &request, fuel, Delivery::Event)?.run;
            report.notified(target, &run);
        } else {
            let reply = target.call(&entry, &request, fuel, Delivery::Call)?;
            report.replied(target, reply);
        }
        Ok(())
    });
    if let Some(unmet) = bench.and_then(|bench| bench.unmet()) {
        report.failed(&Fail { outcome: Outcome::Failed, sentence: format!("the mock differs: {unmet}") });
    }
    if let Some(path) = &hardware.record {
        let recorded = record(path, &Wants::of_module(&session.wasm).grants, &mut report);
        recorded.unwrap_or_else(|fail| report.failed(&fail));
    }
    report.print(json)
}

/// Writes what the guest did to hardware into a mock.
fn record(path: &Path, wants: &Grants, report: &mut Report) -> Done {
    let failed = |sentence| Fail { outcome: Outcome::Failed, sentence };
    let trace = report.take_trace().map_err(|lines| {
        failed(format!(
            "{lines} lines found no room in the guest's log, so nothing is recorded: have it do less at once"
        ))
    })?;
    let mock = hardware::mock_of(wants, trace.iter().map(String::as_str)).map_err(failed)?;
    fs::write(path, mock).map_err(|error| failed(format!("cannot write {}: {error}", path.display())))
}

/// The hardware for the guest in `file`, once `session` lets it have that. A board has its own, and is told what the
/// guest wants.
fn bench(wanted: &Hardware, file: &Path, session: &mut Session) -> Done<Option<Bench>> {
    let wants = hardware::wants_of(file, &session.wasm, wanted.grants.as_deref()).map_err(Fail::usage)?;
    if wants != Wants::of_module(&session.wasm) {
        wants.put_into(&mut session.wasm);
    }
    if wanted.record.is_some() {
        hardware::trace(&mut session.wasm);
    }
    let (path, read): (_, fn(&str) -> _) = match (&wanted.mock, &wanted.linux) {
        (Some(path), _) => (path, Bench::mock),
        (None, Some(path)) => (path, Bench::linux),
        (None, None) => return Ok(None),
    };
    let text = String::from_utf8(input::file(path)?)
        .map_err(|_| Fail::usage(format!("{} is not text", path.display())))?;
    let bench = read(&text).map_err(|error| Fail::usage(format!("{}: {error}", path.display())))?;
    session.fit(&wants.grants, bench.clone())?;
    Ok(Some(bench))
}
