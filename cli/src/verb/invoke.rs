//! `invoke`: runs a numeric export.

use std::process::ExitCode;

use aingle_wasm_core::engine::Value;

use crate::{
    args::Invoke,
    exports::{functions, listed},
    fail::{Done, Fail},
    report::Report,
    session::{Session, give_up},
    values,
};

pub fn run(arguments: Invoke) -> ExitCode {
    let Invoke { file, export, arguments: words, hardware, fuel, json, at } = arguments;
    let prepared = Session::prepare(&file, &at.on, &at.link, &hardware)
        .and_then(|session| Ok((read(&session, &export, &words)?, session)));
    let (arguments, session) = match prepared {
        Ok(prepared) => prepared,
        Err(fail) => return give_up(&at.on, json, &fail),
    };
    session.announce();
    let mut report = Report::new(&at.on);
    session.run(&mut report, &export, fuel, |target, report| {
        let (results, run) = target.invoke(&export, &arguments, fuel)?;
        report.returned(target, &results, &run);
        Ok(())
    });
    report.print(json)
}

/// The arguments, as the export's type has them.
pub fn read(session: &Session, export: &str, words: &[String]) -> Done<Vec<Value>> {
    // Of a module that cannot be read the target will say so.
    let Some(summary) = &session.summary else {
        return Ok(Vec::new());
    };
    let signature = session.signature(export).ok_or_else(|| {
        let names = functions(summary).map(|(name, signature)| format!("{name}{signature}"));
        Fail::usage(match listed(names).as_str() {
            "" => format!("no exported function {export}: the module exports none"),
            names => format!("no exported function {export}; there are {names}"),
        })
    })?;
    if signature.parameters.len() != words.len() {
        let given = words.len();
        return Err(Fail::usage(format!("{export} is {signature}: arguments given: {given}")));
    }
    let pairs = words.iter().zip(&signature.parameters);
    let values = pairs.map(|(word, ty)| values::parse(word, *ty).map_err(Fail::usage));
    values.collect()
}
