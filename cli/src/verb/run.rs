//! `run`: calls an entry.

use std::{fs, path::Path, process::ExitCode};

use aingle_wasm::{Outcome, hardware};
use aingle_wasm_core::{hal::Grants, link::message::Delivery};

use crate::{
    args::Run,
    fail::{Done, Fail},
    report::Report,
    session::{Session, give_up},
    terminal,
};

pub fn run(arguments: Run) -> ExitCode {
    let Run { file, entry, input, event, hardware, record, fuel, json, at } = arguments;
    let prepared =
        input.read().and_then(|request| Ok((request, Session::prepare(&file, &at.on, &at.link, &hardware)?)));
    let (request, mut session) = match prepared {
        Ok(prepared) => prepared,
        Err(fail) => return give_up(&at.on, json, &fail),
    };
    session.announce();
    if record.is_some() {
        hardware::trace(&mut session.wasm);
    }
    let mut report = Report::new(&at.on);
    session.run(&mut report, &entry, fuel, |target, report| {
        if event {
            let run = target.call(&entry, &request, fuel, Delivery::Event)?.run;
            report.notified(target, &run);
        } else {
            let reply = target.call(&entry, &request, fuel, Delivery::Call)?;
            report.replied(target, reply);
        }
        Ok(())
    });
    // Of a guest that did not run there is nothing to record.
    let has_run = matches!(report.outcome(), Outcome::Reply | Outcome::GuestError | Outcome::Trap);
    if let Some(path) = record.filter(|_| has_run) {
        let recorded = write_record(&path, &session.wants.grants, &mut report);
        recorded.unwrap_or_else(|fail| report.failed(&fail));
    }
    report.print(json)
}

/// Writes what the guest did to hardware into a mock.
fn write_record(path: &Path, wants: &Grants, report: &mut Report) -> Done {
    let failed = |sentence| Fail { outcome: Outcome::Failed, sentence };
    let trace = report.take_trace().map_err(|lines| {
        failed(format!(
            "{lines} lines found no room in the guest's log, so nothing is recorded: have it do less at once"
        ))
    })?;
    let mock = hardware::mock_of(wants, trace.iter().map(String::as_str))
        .map_err(|sentence| failed(terminal::line(&sentence)))?;
    fs::write(path, mock).map_err(|error| failed(format!("cannot write {}: {error}", path.display())))
}
