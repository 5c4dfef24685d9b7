//! `guest`: how a board's guest is, and how it is treated.

use std::process::ExitCode;

use aingle_wasm::{Error, On, Outcome, Target};
use aingle_wasm_core::{
    error,
    link::{
        Failure, FaultPolicy, Terms, client,
        supervisor::{Counts, Health, State},
    },
};
use serde::Serialize;

use crate::{
    args::{Guest, GuestVerb, Keep, Link, Policy, Reach},
    fail::{Done, Fail},
    input,
    report::json,
    session,
};

pub fn run(arguments: &Guest) -> ExitCode {
    let Reach { json: as_json, on, link } = arguments.verb.reach();
    let (outcome, message, health) = match ask(&arguments.verb, on, link) {
        Ok(health) => (Outcome::Reply, None, Some(health)),
        Err(fail) => (fail.outcome, Some(fail.sentence), None),
    };
    let printed = match (&health, *as_json) {
        (_, true) => {
            let page = Page::new(on, link.guest, outcome, message, health);
            input::print(json(&page).as_bytes())
        }
        (Some(health), false) => input::print(text(on, link.guest, health).as_bytes()),
        (None, false) => Err(Fail { outcome, sentence: message.unwrap_or_default() }),
    };
    printed.map_or_else(|fail| fail.exit(), |()| outcome.exit_code().into())
}

/// How the guest is, once that is done.
fn ask(verb: &GuestVerb, on: &On, link: &Link) -> Done<Health> {
    let options = session::options(link)?;
    let fail = |error: Error| {
        let sentence = match &error {
            Error::Silent | Error::Link(client::Error::TimedOut) => {
                session::silent(&error, on, options.timeout)
            }
            Error::Link(client::Error::Failed(Failure::Link(_), _)) => {
                format!("{on} says of guest {}: {error}", options.guest)
            }
            Error::Link(_) => format!("the link to {on} failed: {error}"),
            _ => error.to_string(),
        };
        Fail { outcome: Outcome::of(&error), sentence }
    };
    let mut target = Target::open(on, &options).map_err(fail)?;
    let health = match verb {
        GuestVerb::Health(_) => target.health(),
        GuestVerb::Keep(keep) => {
            let now = target.health().map_err(fail)?.terms;
            target.keep(keep.terms(now)?)
        }
        GuestVerb::Revive(_) => target.revive(),
        GuestVerb::Cancel(_) => target.cancel(),
        GuestVerb::Unload(_) => target.unload().and_then(|()| target.health()),
    };
    health.map_err(fail)
}

impl GuestVerb {
    fn reach(&self) -> &Reach {
        match self {
            Self::Keep(Keep { reach, .. }) => reach,
            Self::Health(reach) | Self::Revive(reach) | Self::Cancel(reach) | Self::Unload(reach) => reach,
        }
    }
}

impl Keep {
    /// What was not said stays as it is.
    fn terms(&self, now: Terms) -> Done<Terms> {
        let Self { after_fault, back_off, weight, abstentions, .. } = *self;
        let policy = match (after_fault, back_off, now.policy) {
            (Some(Policy::Restart), back_off, _) => FaultPolicy::Restart { back_off: back_off.unwrap_or(0) },
            (None, Some(back_off), FaultPolicy::Restart { .. }) => FaultPolicy::Restart { back_off },
            (_, Some(_), _) => {
                return Err(Fail::usage(
                    "--back-off is of a guest that is restarted: give it with --after-fault restart",
                ));
            }
            (Some(Policy::Stop), None, _) => FaultPolicy::Stop,
            (Some(Policy::Ask), None, _) => FaultPolicy::Ask,
            (None, None, policy) => policy,
        };
        Ok(Terms {
            policy,
            weight: weight.unwrap_or(now.weight),
            abstentions: abstentions.unwrap_or(now.abstentions),
        })
    }
}

/// All that can be told of a guest. Absent things are null, and every key is always there.
#[derive(Serialize)]
struct Page {
    on: String,
    guest: u8,
    outcome: &'static str,
    message: Option<String>,
    state: Option<&'static str>,
    rests_ms: Option<u32>,
    /// What its last fault was.
    fault: Option<String>,
    counts: Option<Counts>,
    after_fault: Option<&'static str>,
    back_off_ms: Option<u32>,
    weight: Option<u8>,
    abstentions: Option<u8>,
}

impl Page {
    fn new(on: &On, guest: u8, outcome: Outcome, message: Option<String>, health: Option<Health>) -> Self {
        let terms = health.map(|health| health.terms);
        Self {
            on: on.to_string(),
            guest,
            outcome: outcome.name(),
            message,
            state: health.map(|health| state(health.state)),
            rests_ms: health.and_then(|health| match health.state {
                State::Resting { left } => Some(left),
                _ => None,
            }),
            fault: health.as_ref().and_then(fault),
            counts: health.map(|health| health.counts),
            after_fault: terms.map(|terms| match terms.policy {
                FaultPolicy::Stop => "stop",
                FaultPolicy::Restart { .. } => "restart",
                FaultPolicy::Ask => "ask",
            }),
            back_off_ms: terms.and_then(|terms| match terms.policy {
                FaultPolicy::Restart { back_off } => Some(back_off),
                _ => None,
            }),
            weight: terms.map(|terms| terms.weight),
            abstentions: terms.map(|terms| terms.abstentions),
        }
    }
}

/// The word in reports.
fn state(state: State) -> &'static str {
    match state {
        State::Empty => "empty",
        State::Well => "well",
        State::Resting { .. } => "resting",
        State::Asking => "asking",
        State::Stopped => "stopped",
        State::Lost => "lost",
    }
}

fn fault(health: &Health) -> Option<String> {
    error::Error::from_code(health.fault, 0).map(|fault| fault.to_string())
}

fn text(on: &On, guest: u8, health: &Health) -> String {
    let Health { state, counts, terms, .. } = health;
    let is = match state {
        State::Empty => "there is none".to_owned(),
        State::Well => "takes calls".to_owned(),
        State::Resting { left } => {
            format!("takes calls again in {left} ms, or after `aingle-wasm guest revive`")
        }
        State::Asking => "takes calls again after `aingle-wasm guest revive`".to_owned(),
        State::Stopped => "is stopped, until it is loaded again".to_owned(),
        State::Lost => "was lost with its engine, and is to be loaded again".to_owned(),
    };
    let then = match terms.policy {
        FaultPolicy::Stop => "it is stopped".to_owned(),
        FaultPolicy::Ask => "it waits for `aingle-wasm guest revive`".to_owned(),
        FaultPolicy::Restart { back_off: 0 } => "it goes on at once".to_owned(),
        FaultPolicy::Restart { back_off } => {
            format!("it rests for {back_off} ms, twice as long each time in a row")
        }
    };
    let row = match terms.abstentions {
        0 => "never stopped for abstentions".to_owned(),
        some => format!("stopped after {some} abstentions in a row"),
    };
    let last = fault(health).map_or_else(String::new, |fault| format!("last fault     {fault}\n"));
    format!(
        "guest {guest}        {is} ({on})\n\
         {last}\
         jobs           {} done, {} trapped, {} abstained, {} cancelled, {} refused; {} loads\n\
         events         {} told, {} dropped, {} not granted; {} units of fuel\n\
         hardware       {} calls refused\n\
         after a fault  {then}; {row}\n\
         weight         {}\n",
        counts.done,
        counts.traps,
        counts.abstained,
        counts.cancelled,
        counts.refused,
        counts.loads,
        counts.events,
        counts.dropped,
        counts.ungranted,
        counts.event_fuel,
        counts.denied,
        terms.weight.max(1),
    )
}
