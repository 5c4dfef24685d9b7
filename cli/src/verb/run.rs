//! `run`: calls an entry.

use std::process::ExitCode;

use aingle_wasm_core::link::message::Delivery;

use crate::{
    args::Run,
    report::Report,
    session::{Session, give_up},
};

pub fn run(arguments: Run) -> ExitCode {
    let Run { file, entry, input, event, hardware, fuel, json, at } = arguments;
    let prepared = input
        .read()
        .and_then(|request| Ok((request, Session::prepare(&file, &at.on, &at.link, &hardware)?)));
    let (request, session) = match prepared {
        Ok(prepared) => prepared,
        Err(fail) => return give_up(&at.on, json, &fail),
    };
    session.announce();
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
    report.print(json)
}
