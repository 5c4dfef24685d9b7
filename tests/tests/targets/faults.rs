//! Guests that misbehave while they run: each has its own code, the same everywhere, and the next good call is
//! answered. The numbers are those of the project's list of faults.

use aingle_wasm_core::{
    engine::ALLOCATOR_FUEL,
    error::{CallError, Error, Fault, Trap},
    link::Delivery,
};
use libtest_mimic::{Failed, Trial};

use crate::{
    Done,
    all::{All, End, PLENTY},
    ensure, guests, trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    for (name, make, calls) in
        [("ours", guests::ours as Make, OURS), ("predecessor", guests::predecessor, PREDECESSOR)]
    {
        for bad in calls {
            let name = format!("fault_{}::{name}_{}", bad.number, bad.name);
            trials.push(trial(&name, move || bad.run(make)));
        }
    }
    trials.push(trial("fault_31::an_empty_request_touches_nothing", empty_request));
    trials.push(trial("fault_36::refilled", refilled));
    trials.push(trial("fault_37::a_trap_forgets_what_was", after_a_trap));
}

type Make = fn() -> Result<Vec<u8>, Failed>;

/// A call that fails.
struct Bad {
    number: u8,
    name: &'static str,
    /// How the guest's allocator lies before the call.
    lie: u32,
    entry: &'static str,
    request: &'static [u8],
    error: Error,
}

impl Bad {
    fn run(&self, make: Make) -> Done {
        let mut all = All::with(&make()?)?;
        for _ in 0..2 {
            if self.lie > 0 {
                all.invoke("lie", self.lie)?;
            }
            let seen = all.deliver(self.entry, self.request, FUEL, Delivery::Call)?;
            let expected = End::Failed(self.error.code(), self.error.detail());
            ensure!(seen.end == expected, "{}: {seen:?}", self.error);
            let seen = all.call("ask", b"good")?;
            ensure!(seen.end == End::Reply(b"host:good".to_vec()), "afterwards: {seen:?}");
        }
        Ok(())
    }
}

const fn bad(number: u8, name: &'static str, entry: &'static str, error: Error) -> Bad {
    Bad { number, name, lie: 0, entry, request: b"", error }
}

const fn host(fault: Fault) -> Error {
    Error::Trap(Trap::Host(fault))
}

const OUT_OF_FUEL: Error = Error::Trap(Trap::OutOfFuel);

const OURS: &[Bad] = &[
    bad(28, "loop", "hang", OUT_OF_FUEL),
    bad(28, "loop_of_host_calls", "ask_for_ever", OUT_OF_FUEL),
    bad(28, "loop_of_fills", "fill_for_ever", OUT_OF_FUEL),
    bad(29, "recursion", "recurse", Error::Trap(Trap::StackOverflow)),
    bad(29, "recursion_with_host_calls", "ask_and_recurse", Error::Trap(Trap::StackOverflow)),
    bad(31, "host_call_past_the_end", "ask_past_end", host(Fault::RequestRange)),
    bad(31, "host_call_that_wraps", "ask_wrapping", host(Fault::RequestRange)),
    bad(31, "host_call_on_its_reply", "ask_overlapping", host(Fault::Overlap)),
    bad(35, "answer_past_the_end", "answer_past_end", host(Fault::ReplyRange)),
    bad(35, "answer_far_away", "answer_far_away", host(Fault::ReplyRange)),
    Bad { request: &[1; 2048], ..bad(34, "no_room", "echo", host(Fault::NoRoom)) },
    bad(38, "no_such_entry", "nobody", Error::Call(CallError::NoEntry)),
    bad(38, "not_an_entry", "not_an_entry", Error::Call(CallError::EntryType)),
];

const PREDECESSOR: &[Bad] = &[
    Bad { request: &[5], ..bad(28, "allocator_that_hangs", "ask_with_lie", OUT_OF_FUEL) },
    Bad { lie: 5, request: b"x", ..bad(28, "allocator_that_hangs_at_once", "echo", OUT_OF_FUEL) },
    Bad {
        request: b"bare",
        ..bad(31, "host_call_without_envelope", "ask_bare", host(Fault::RequestEnvelope))
    },
    Bad { request: &[4], ..bad(33, "host_call_from_the_allocator", "ask_with_lie", host(Fault::Reentry)) },
    Bad { request: &[1], ..bad(34, "allocator_without_room", "ask_with_lie", host(Fault::NoRoom)) },
    Bad { lie: 1, request: b"x", ..bad(34, "allocator_without_room_at_once", "echo", host(Fault::NoRoom)) },
    Bad { request: &[2], ..bad(34, "allocator_past_the_end", "ask_with_lie", host(Fault::Allocator)) },
    Bad {
        lie: 2,
        request: b"x",
        ..bad(34, "allocator_past_the_end_at_once", "echo", host(Fault::Allocator))
    },
    Bad { request: &[3], ..bad(34, "allocator_on_the_request", "ask_with_lie", host(Fault::Allocator)) },
    Bad {
        request: b"no envelope at all",
        ..bad(35, "bare_answer", "answer_bare", host(Fault::ReplyEnvelope))
    },
    Bad { request: b"checksum", ..bad(35, "damaged_answer", "answer_flipped", host(Fault::ReplyEnvelope)) },
];

fn empty_request() -> Done {
    let mut all = All::with(&guests::ours()?)?;
    let seen = all.call("ask_nothing_far_away", b"")?;
    ensure!(seen.end == End::Reply(b"host:".to_vec()) && seen.host_calls == 1, "{seen:?}");
    let seen = all.call("ask_end", b"")?;
    ensure!(seen.end == End::Reply(b"host:\0\0\0\0\0\0".to_vec()), "{seen:?}");
    Ok(())
}

/// Every amount of fuel that is too little, with a good call after each.
fn refilled() -> Done {
    let mut all = All::with(&guests::ours()?)?;
    let needed = good(&mut all, PLENTY)?;
    for fuel in 0..needed {
        let seen = all.deliver("ask", b"good", fuel, Delivery::Call)?;
        let out_of_fuel = End::Failed(OUT_OF_FUEL.code(), 0);
        ensure!(
            seen.end == out_of_fuel && seen.fuel_used <= fuel,
            "under {fuel} of {needed} units: {seen:?}"
        );
        good(&mut all, needed)?;
    }
    Ok(())
}

/// What a good call uses.
fn good(all: &mut All, fuel: u64) -> Result<u64, Failed> {
    let seen = all.deliver("ask", b"good", fuel, Delivery::Call)?;
    ensure!(seen.end == End::Reply(b"host:good".to_vec()), "under {fuel} units: {seen:?}");
    Ok(seen.fuel_used)
}

fn after_a_trap() -> Done {
    let mut all = All::with(&guests::ours()?)?;
    let count = |all: &mut All, expected: u8| -> Done {
        let seen = all.call("count", b"")?;
        ensure!(seen.end == End::Reply(vec![expected]), "{seen:?} instead of {expected}");
        Ok(())
    };
    count(&mut all, 1)?;
    count(&mut all, 2)?;
    for entry in ["hang", "crash", "recurse", "ask_past_end", "answer_far_away"] {
        all.deliver(entry, b"", FUEL, Delivery::Call)?;
        count(&mut all, 1)?;
        count(&mut all, 2)?;
    }
    Ok(())
}

/// What a guest gets that never ends: no more than any machine lets an allocator have at once.
const FUEL: u64 = ALLOCATOR_FUEL;
