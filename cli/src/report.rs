//! What a call came to, for people or as one line of JSON.

use std::process::ExitCode;

use aingle_wasm::{On, Outcome, Reply, Target, outcome};
use aingle_wasm_core::{engine::Values, error, link::Run, log::Level};
use serde::Serialize;

use crate::{fail::Fail, input, terminal, values::Shown};

/// All that can be told of a call. Absent things are null in JSON, and every key is always there.
#[derive(Serialize)]
pub struct Report {
    on: String,
    outcome: &'static str,
    reply_hex: Option<String>,
    reply_text: Option<String>,
    results: Option<Vec<Shown>>,
    fuel_used: Option<u64>,
    fuel_spec: Option<String>,
    trap: Option<&'static str>,
    message: Option<String>,
    log: Vec<Line>,
    log_dropped: u32,
    host_calls: Option<u32>,
    host_digest: Option<String>,
    /// Calls of hardware that were refused.
    denied_calls: Option<u32>,
    nanos: Option<u64>,
    instructions: Option<u64>,
    memory: Option<u32>,
    /// What happened before, of which the guest was told.
    events: Vec<Event>,
    #[serde(skip)]
    kind: Outcome,
    /// Code and detail of what the target said.
    #[serde(skip)]
    code: Option<(u8, u16)>,
    #[serde(skip)]
    reply: Vec<u8>,
    #[serde(skip)]
    reply_is_error: bool,
}

#[derive(Serialize)]
struct Line {
    level: &'static str,
    text: String,
}

/// An event that the guest was told of.
#[derive(Serialize)]
struct Event {
    entry: String,
    fuel_used: u64,
    host_calls: u32,
    host_digest: String,
    trap: Option<&'static str>,
    message: Option<String>,
}

impl Report {
    /// A report in which nothing has happened yet.
    pub fn new(on: &On) -> Self {
        Self {
            on: on.to_string(),
            outcome: "",
            reply_hex: None,
            reply_text: None,
            results: None,
            fuel_used: None,
            fuel_spec: None,
            trap: None,
            message: None,
            log: Vec::new(),
            log_dropped: 0,
            host_calls: None,
            host_digest: None,
            denied_calls: None,
            nanos: None,
            instructions: None,
            memory: None,
            events: Vec::new(),
            kind: Outcome::Failed,
            code: None,
            reply: Vec::new(),
            reply_is_error: false,
        }
    }

    /// The target is open.
    pub fn opened(&mut self, target: &Target) {
        let spec = target.info().fuel_spec;
        self.fuel_spec = (spec != 0).then(|| format!("{spec:08x}"));
    }

    /// The guest has so much memory.
    pub fn loaded(&mut self, memory: u32) {
        self.memory = Some(memory);
    }

    /// The guest answered.
    pub fn replied(&mut self, target: &Target, reply: Reply) {
        self.ran(target, &reply.run);
        self.came_to(if reply.error { Outcome::GuestError } else { Outcome::Reply });
        self.reply_is_error = reply.error;
        self.reply_hex = Some(hex::encode(&reply.bytes));
        self.reply_text = String::from_utf8(reply.bytes.clone()).ok();
        self.reply = reply.bytes;
    }

    /// The guest took an event.
    pub fn notified(&mut self, target: &Target, run: &Run) {
        self.ran(target, run);
        self.came_to(Outcome::Reply);
    }

    /// The guest was told of an event, in its `entry`. What failed there is for the guest to bear, as on a board.
    ///
    /// # Errors
    /// The target did not say how it went.
    pub fn told(
        &mut self,
        entry: String,
        told: Result<Run, aingle_wasm::Error>,
    ) -> Result<(), aingle_wasm::Error> {
        let (run, trap, message) = match told {
            Ok(run) => (run, None, None),
            Err(error) => {
                let Some(run) = outcome::run(&error) else { return Err(error) };
                let trap = match outcome::guest_error(&error) {
                    Some(error::Error::Trap(trap)) => Some(trap.name()),
                    _ => None,
                };
                (run, trap, Some(error.to_string()))
            }
        };
        let (fuel_used, host_digest) = (run.fuel_used, format!("{:08x}", run.host_digest));
        self.events.push(Event { entry, fuel_used, host_calls: run.host_calls, host_digest, trap, message });
        Ok(())
    }

    /// An export returned.
    pub fn returned(&mut self, target: &Target, results: &Values, run: &Run) {
        self.ran(target, run);
        self.came_to(Outcome::Returned);
        self.results = Some(results.iter().map(|value| Shown::from(*value)).collect());
    }

    /// The target said no; `sentence` says why, and what to do.
    pub fn target_failed(&mut self, target: Option<&Target>, error: &aingle_wasm::Error, sentence: String) {
        if let (Some(target), Some(run)) = (target, outcome::run(error)) {
            self.ran(target, &run);
        }
        self.code = outcome::guest_error(error).map(|error| (error.code(), error.detail()));
        if let Some(error::Error::Trap(trap)) = outcome::guest_error(error) {
            self.trap = Some(trap.name());
        }
        self.failed(&Fail { outcome: Outcome::of(error), sentence });
    }

    /// Something went wrong.
    pub fn failed(&mut self, fail: &Fail) {
        self.came_to(fail.outcome);
        self.message = Some(fail.sentence.clone());
    }

    /// A mock expected something else. A run that did not come to its end has more to say than that.
    pub fn differs(&mut self, unmet: &str) {
        let sentence = format!("the mock differs: {}", unmet.replace('\n', "\n  "));
        match (self.kind, &mut self.message) {
            (Outcome::Reply | Outcome::Returned | Outcome::GuestError, _) => {
                self.failed(&Fail { outcome: Outcome::Failed, sentence });
            }
            (Outcome::Trap, Some(message)) => *message += &format!("; {sentence}"),
            _ => (),
        }
    }

    /// The guest's log.
    pub fn logged(&mut self, lines: Vec<(Level, String)>, dropped: u32) {
        self.log = lines.into_iter().map(|(level, text)| Line { level: level.name(), text }).collect();
        self.log_dropped = dropped;
    }

    /// Takes the guest's log but for what it does to hardware, and gives that.
    ///
    /// # Errors
    /// The number of lines that found no room.
    pub fn take_trace(&mut self) -> Result<Vec<String>, u32> {
        let is_trace = |line: &Line| line.level == Level::Trace.name() && line.text.starts_with('@');
        let (trace, log): (Vec<_>, _) = self.log.drain(..).partition(is_trace);
        self.log = log;
        let trace = trace.into_iter().map(|line| line.text).collect();
        if self.log_dropped == 0 { Ok(trace) } else { Err(self.log_dropped) }
    }

    /// Name of the target.
    pub fn target(&self) -> &str {
        &self.on
    }

    /// What it came to.
    pub fn outcome(&self) -> Outcome {
        self.kind
    }

    /// What went wrong, if anything did.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What must be the same on every target, by the names of the report's keys.
    pub fn comparable(&self) -> [(&'static str, String); 10] {
        [
            ("outcome", self.outcome.to_owned()),
            ("reply", format!("{:?}", self.reply_hex)),
            ("results", format!("{:?}", self.results.iter().flatten().map(Shown::text).collect::<Vec<_>>())),
            ("fuel_used", format!("{:?}", self.fuel_used)),
            ("fuel_spec", format!("{:?}", self.fuel_spec)),
            ("trap", format!("{:?}", self.trap)),
            ("message", format!("{:?}", self.code)),
            ("host_calls", format!("{:?}", self.host_calls)),
            ("host_digest", format!("{:?}", self.host_digest)),
            ("denied_calls", format!("{:?}", self.denied_calls)),
        ]
    }

    /// Target, outcome, fuel, host calls and reply, each in a word or two.
    pub fn row(&self) -> [String; 5] {
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        let reply = match (&self.reply_text, &self.reply_hex, &self.results) {
            (Some(text), _, _) => format!("{text:?}"),
            (None, Some(hex), _) => format!("0x{hex}"),
            (None, None, Some(results)) => results.iter().map(Shown::text).collect::<Vec<_>>().join(" "),
            (None, None, None) => "-".to_owned(),
        };
        let short = match reply.char_indices().nth(MAX_CELL) {
            Some((end, _)) => format!("{}…", &reply[..end]),
            None => reply,
        };
        [
            self.on.clone(),
            self.trap.map_or_else(|| self.outcome.to_owned(), |trap| format!("trap {trap}")),
            number(self.fuel_used),
            number(self.host_calls.map(u64::from)),
            short,
        ]
    }

    /// Prints the report and says the exit code.
    pub fn print(&self, json: bool) -> ExitCode {
        let printed = if json { self.print_json() } else { self.print_text() };
        match printed {
            Ok(()) => self.kind.exit_code().into(),
            Err(fail) => fail.exit(),
        }
    }

    fn ran(&mut self, target: &Target, run: &Run) {
        self.fuel_used = Some(run.fuel_used);
        self.nanos = run.nanos;
        self.instructions = target.instructions(run);
        self.host_calls = Some(run.host_calls);
        self.host_digest = Some(format!("{:08x}", run.host_digest));
        self.denied_calls = Some(run.denied_calls);
    }

    fn came_to(&mut self, kind: Outcome) {
        self.kind = kind;
        self.outcome = kind.name();
    }

    fn print_json(&self) -> Result<(), Fail> {
        input::print(json(self).as_bytes())
    }

    /// The reply goes to standard output, as it is but on a terminal; all else to standard error.
    fn print_text(&self) -> Result<(), Fail> {
        for Line { level, text } in &self.log {
            terminal::say(&format!("[{level}] {text}"));
        }
        if self.log_dropped > 0 {
            terminal::say(&format!("({} more lines found no room in the log)", self.log_dropped));
        }
        for Event { entry, fuel_used, host_calls, message, .. } in &self.events {
            let how = message.as_ref().map_or_else(String::new, |message| format!(": {message}"));
            terminal::say(&format!("event {entry}: fuel {fuel_used}, host calls {host_calls}{how}"));
        }
        match self.kind {
            Outcome::Reply => input::print(&terminal::shown(&self.reply))?,
            Outcome::Returned => {
                let results = self.results.iter().flatten().map(|result| result.text() + "\n");
                input::print(results.collect::<String>().as_bytes())?;
            }
            Outcome::GuestError => {
                terminal::say(&answered_with_error(self.replied_in_words().unwrap_or_default()));
            }
            _ => {
                terminal::error(self.message.as_deref().unwrap_or_default());
                // The guest had answered before something else failed.
                match self.replied_in_words() {
                    Some(words) if self.reply_is_error => terminal::say(&answered_with_error(words)),
                    None | Some("") => (),
                    Some(words) => terminal::say(&format!("the guest's reply was: {words}")),
                }
                for result in self.results.iter().flatten() {
                    terminal::say(&format!("the export's result was: {}", result.text()));
                }
            }
        }
        if let Some(cost) = self.cost() {
            terminal::say(&cost);
        }
        Ok(())
    }

    /// The reply, as text if it is one, else in hex.
    fn replied_in_words(&self) -> Option<&str> {
        self.reply_text.as_deref().or(self.reply_hex.as_deref())
    }

    fn cost(&self) -> Option<String> {
        let mut cost = format!("fuel {}", self.fuel_used?);
        if let Some(calls) = self.host_calls.filter(|calls| *calls > 0) {
            cost += &format!(", host calls {calls}");
        }
        if let Some(denied) = self.denied_calls.filter(|denied| *denied > 0) {
            cost += &format!(", {denied} of them refused");
        }
        match (self.instructions, self.nanos) {
            (Some(instructions), _) => cost += &format!(", instructions {instructions}"),
            (None, Some(nanos)) => cost += &format!(", {:.1} µs", nanos as f64 / 1000.0),
            (None, None) => (),
        }
        Some(cost)
    }
}

fn answered_with_error(words: &str) -> String {
    match words {
        "" => "the guest answered with an error without words".to_owned(),
        words => format!("the guest answered with an error: {words}"),
    }
}

/// Longest reply in a table, in characters.
const MAX_CELL: usize = 40;

/// `object` on one line, in which a terminal finds nothing to obey.
pub fn json(object: &impl Serialize) -> String {
    // Neither maps with odd keys nor failing serialisers are among what is reported here.
    let text = serde_json::to_string(object).unwrap_or_default();
    let mut json = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        // Such letters are in strings only, and four digits say each of them.
        match terminal::is_odd(letter) {
            true => json += &format!("\\u{:04x}", u32::from(letter)),
            false => json.push(letter),
        }
    }
    json + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_moves_no_cursor_and_means_the_same() {
        let text: String = ('\0'..='\u{3000}').collect();
        let json = json(&text);
        assert!(!json.trim_end().contains(terminal::is_odd), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(json.contains("\\u009b") && json.contains("é"), "{json:?}");
    }
}
