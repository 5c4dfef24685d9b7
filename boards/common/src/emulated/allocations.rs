//! Each allocation of what a firmware does for a guest fails once: while it is loaded, told of an event, and called meanwhile
//! by a job that waits for that. It costs the guest at most, and the next one is as good as new.

use core::fmt::Write as _;

use aingle_wasm_core::{
    error::{Abstain, CallError, Error},
    guest::{Delivery, Job},
    link::{
        Failure, Guests, Heap, LinkError,
        guests::{Body, Standing},
        supervisor::State,
    },
};
use aingle_wasm_tests::guests::PRESSED;

use super::{
    Console, Done,
    calls::{answer, finish, send},
    compartments::{failing, is_sound, ticked_on},
    key::{self, Desk},
    machine,
};
use crate::rooms::Pace;

/// Does all of it, with interrupts; says so. `heap` says how full the host's heap is.
pub fn all(heap: fn() -> Heap) -> Done<&'static str> {
    machine::tick();
    let mut rooms = key::desk(Pace::new(HERTZ, 1, || Some(0)));
    let before = heap().used;
    let expected = attempt(&mut rooms).map_err(|_| "the first clean run fails")?;
    if expected.told != (1, 0) || !expected.waited {
        return Err("no job waits for an event");
    }
    let (mut abandoned, mut refused, mut unharmed) = (0, 0, 0);
    for number in 0.. {
        let before_that = rooms.abandoned(GUEST).memory;
        failing::fail(number);
        let outcome = attempt(&mut rooms);
        if !failing::did_fail() {
            break;
        }
        is_sound()?;
        let is_lost = rooms.abandoned(GUEST).memory > before_that;
        let is_there = rooms.supervisor(GUEST).health(None).state == State::Well;
        match outcome {
            Ok(answer) if answer == expected => unharmed += 1,
            Err(failure) if is_lost && (failure == MEMORY || failure == LOST) => abandoned += 1,
            // The translator lacked memory and said so, or the request did, of which nothing is left.
            Err(failure) if !is_lost && failure == MEMORY => {
                if is_there && ask(&mut rooms).map(|answer| answer.told) != Ok(expected.told) {
                    return Err("a guest whose request found no room does not go on");
                }
                refused += 1;
            }
            outcome => {
                let _ = writeln!(Console, "allocation {number}: {outcome:?}");
                return Err("what it costs is not the guest");
            }
        }
        rooms.unload(GUEST);
        if rooms.heap(GUEST).used != 0 || heap().used != before {
            return Err("something is left of a guest");
        }
        if attempt(&mut rooms) != Ok(expected) {
            return Err("a clean run is not right");
        }
    }
    // The exit code says whether all is well when the console cannot.
    let _ = writeln!(
        Console,
        "allocations that fail: {abandoned} guests abandoned, {refused} loads or requests refused, {unharmed} unharmed"
    );
    ticked_on()?;
    match abandoned {
        0 => Err("no guest was abandoned"),
        _ => Ok("after each allocation that failed the next guest is as good as new: 0 resets"),
    }
}

/// What a guest answers, and what it took.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Answer {
    /// How often it was told, and of how many more that were dropped.
    told: (u32, u32),
    fuel: u64,
    /// Whether it was still being told when it was asked.
    waited: bool,
}

/// A guest that comes, is told of an edge, and is asked meanwhile.
fn attempt(rooms: &mut Desk) -> Result<Answer, Failure> {
    send(rooms, GUEST, Body::Module, PRESSED)?;
    rooms.load(GUEST)?;
    // It goes to high, and back.
    key::change(2);
    rooms.turn();
    ask(rooms)
}

fn ask(rooms: &mut Desk) -> Result<Answer, Failure> {
    send(rooms, GUEST, Body::Request, b"how often?")?;
    let job = Job::Call { entry: "read", request: &[], delivery: Delivery::Call };
    rooms.begin(GUEST, job, true, FUEL)?;
    let before = events(rooms);
    finish(rooms, GUEST);
    let waited = events(rooms) > before;
    let fuel = match rooms.standing(GUEST) {
        Standing::Done(Ok(_), run) => run.fuel_used,
        Standing::Done(Err(error), _) => return Err(error.into()),
        _ => return Err(LinkError::NoJob.into()),
    };
    let answer = answer(rooms, GUEST).map_err(|_| LinkError::NoJob)?;
    Ok(Answer { told: key::counts(answer), fuel, waited })
}

/// How many events the guest was told of to the end.
fn events(rooms: &mut Desk) -> u32 {
    rooms.supervisor(GUEST).health(None).counts.events
}

const GUEST: u8 = 0;

const MEMORY: Failure = Failure::Guest(Error::Abstain(Abstain::Memory));
const LOST: Failure = Failure::Guest(Error::Call(CallError::Lost));

/// Of so slow a board a slice is a few units of fuel: a job comes while an event is told.
const HERTZ: u32 = 100_000;

/// More than a call takes.
const FUEL: u64 = 100_000;
