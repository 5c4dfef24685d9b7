//! Several guests on one board: none waits for another, and each is treated as its terms say.

use aingle_wasm::{
    Chip, On, Options, Target,
    wire::{self, qemu::Qemu},
};
use aingle_wasm_core::{
    engine::Footprint,
    error::{Abstain, CallError, Error, Trap},
    guest::{Delivery, Job},
    link::{
        Client, Failure, FaultPolicy, LinkError, Terms, client,
        supervisor::{Counts, Health, State},
    },
};
use libtest_mimic::{Failed, Trial};
use std::time::Duration;

use crate::{
    Done,
    all::{BOARD, PLENTY, firmware},
    ensure, guests,
    local::FRAME,
    trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("several::one_hangs_and_the_others_answer", side_by_side));
    trials.push(trial("several::fault_51_a_call_that_hangs_is_cancelled", cancelled));
    trials.push(trial("several::a_guest_without_room_is_refused_before_it_starts", without_room));
    trials.push(trial("several::what_the_command_says_of_a_guest", told));
    trials.push(trial("several::a_guest_that_fails_is_treated_as_its_terms_say", treated));
}

type Board = Client<Qemu, FRAME>;

fn open() -> Result<Board, Failed> {
    let qemu = Qemu::start(BOARD, firmware()?, false, &[], Duration::from_secs(30))?;
    let mut board = Client::new(qemu, 600);
    let count = board.open(1, |info| info.guests).map_err(words)?;
    ensure!(count == 3, "there is room for {count} guests");
    for guest in 0..count {
        board.select(guest);
        board.load(&guests::ours()?, |_| ()).map_err(words)?;
    }
    Ok(board)
}

fn side_by_side() -> Done {
    let mut board = open()?;
    board.select(0);
    let hanging = board.begin(&call("hang", b""), u64::MAX).map_err(words)?;
    for round in 0..20_u8 {
        for guest in [1, 2] {
            board.select(guest);
            ensure!(echo(&mut board, &[round; 200])? == [round; 200], "guest {guest} answers wrong");
        }
    }
    // Each counts for itself.
    for guest in [1, 2] {
        board.select(guest);
        let health = board.health().map_err(words)?;
        let expected = Counts { loads: 1, done: 20, ..Counts::default() };
        ensure!((health.state, health.counts) == (State::Well, expected), "{health:?}");
    }
    board.select(0);
    let mut patience = 3;
    let given_up = board.replied(
        hanging,
        |_| {
            patience -= 1;
            patience > 0
        },
        |_| (),
    );
    ensure!(matches!(given_up, Err(client::Error::TimedOut)), "{given_up:?}");
    ensure!(echo(&mut board, b"afterwards")? == b"afterwards", "the guest that hung answers wrong");
    board.select(3);
    refused(board.load(&guests::ours()?, |_| ()), LinkError::NoGuest)
}

fn cancelled() -> Done {
    let mut board = open()?;
    board.select(0);
    for _ in 0..5 {
        _ = board.begin(&call("hang", b""), u64::MAX).map_err(words)?;
        refused(board.begin(&call("echo", b""), PLENTY), CallError::Busy)?;
        let health = board.cancel().map_err(words)?;
        ensure!(health.state == State::Well, "{health:?}");
        refused(board.replied(client::Begun::default(), |_| true, |_| ()), LinkError::NoJob)?;
        ensure!(echo(&mut board, b"good")? == b"good", "the next answer is wrong");
    }
    // Loading in place of a guest that hangs needs no cancelling.
    _ = board.begin(&call("hang", b""), u64::MAX).map_err(words)?;
    board.load(&guests::ours()?, |_| ()).map_err(words)?;
    ensure!(echo(&mut board, b"good")? == b"good", "the next guest's answer is wrong");
    Ok(())
}

fn without_room() -> Done {
    let mut board = open()?;
    board.select(1);
    let long = "(drop (i32.const 1))".repeat(12_000);
    let wasm = wat::parse_str(format!(r#"(module (memory (export "memory") 1) (func {long}))"#))?;
    let needs = Chip::counted(&wasm).ok_or("it cannot be counted")?.sent(wasm.len());
    let room = board.open(7, |info| info.room).map_err(words)?;
    ensure!(room.heap > 200_000 && room.stack > 10_000, "{room:?}");
    refused(board.reserve(needs), Abstain::Room)?;
    ensure!(echo(&mut board, b"as before")? == b"as before", "the guest before it answers wrong");
    // Who does not ask is told by what the board counts.
    refused(board.load(&wasm, |_| ()), Abstain::Room)?;
    let health = board.health().map_err(words)?;
    ensure!((health.state, health.fault) == (State::Empty, Abstain::Room.code()), "{health:?}");
    board.reserve(Footprint { heap: room.heap, stack: room.stack }).map_err(words)?;
    board.load(&guests::ours()?, |_| ()).map_err(words)?;
    ensure!(echo(&mut board, b"good")? == b"good", "the next guest's answer is wrong");
    Ok(())
}

fn treated() -> Done {
    let mut board = open()?;
    let crash = |board: &mut Board| refused(board.begin(&call("crash", b""), PLENTY), Trap::Unreachable);
    let keep =
        |board: &mut Board, policy| board.keep(Terms { policy, ..Terms::default() }).map(drop).map_err(words);
    board.select(1);
    keep(&mut board, FaultPolicy::Ask)?;
    crash(&mut board)?;
    refused(board.begin(&call("echo", b""), PLENTY), CallError::Resting)?;
    ensure!(board.revive().map_err(words)?.state == State::Well, "it is not revived");
    ensure!(echo(&mut board, b"good")? == b"good", "a revived guest answers wrong");

    keep(&mut board, FaultPolicy::Restart { back_off: 60_000 })?;
    crash(&mut board)?;
    let state = board.health().map_err(words)?.state;
    ensure!(matches!(state, State::Resting { left: 1..=60_000 }), "{state:?}");

    board.select(2);
    keep(&mut board, FaultPolicy::Stop)?;
    crash(&mut board)?;
    board.revive().map_err(words)?;
    refused(board.begin(&call("echo", b""), PLENTY), CallError::Stopped)?;
    board.load(&guests::ours()?, |_| ()).map_err(words)?;
    ensure!(echo(&mut board, b"good")? == b"good", "a guest that was loaded again answers wrong");
    Ok(())
}

/// As `aingle-wasm guest` asks.
fn told() -> Done {
    let timeout = Duration::from_secs(10);
    let options = Options { firmware: Some(firmware()?.clone()), guest: 2, timeout, ..Options::default() };
    let mut target =
        Target::open(&On::Qemu(BOARD.to_owned()), &options).map_err(|error| error.to_string())?;
    let ask = |target: &mut Target, ask: fn(&mut Target) -> Result<Health, aingle_wasm::Error>| {
        ask(target).map(|health| health.state).map_err(|error| error.to_string())
    };
    ensure!(ask(&mut target, Target::health)? == State::Empty, "there is a guest before one was loaded");
    target.load(&guests::ours()?, |_| ()).map_err(|error| error.to_string())?;
    let kept = ask(&mut target, |target| {
        target.keep(Terms { policy: FaultPolicy::Ask, weight: 2, ..Terms::default() })
    })?;
    ensure!(kept == State::Well, "{kept:?}");
    ensure!(target.call("crash", b"", PLENTY, Delivery::Call).is_err(), "it does not crash");
    ensure!(ask(&mut target, Target::health)? == State::Asking, "nobody is asked");
    ensure!(ask(&mut target, Target::revive)? == State::Well, "it is not revived");
    ensure!(ask(&mut target, Target::cancel)? == State::Well, "there is nothing to cancel");
    let hung = target.call("hang", b"", u64::MAX, Delivery::Call);
    ensure!(matches!(hung, Err(aingle_wasm::Error::Unfinished(1..))), "{hung:?}");
    target.unload().map_err(|error| error.to_string())?;
    ensure!(ask(&mut target, Target::health)? == State::Empty, "it is still there");
    Ok(())
}

fn echo(board: &mut Board, request: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut reply = Vec::new();
    let keep = |part: &[u8]| reply.extend_from_slice(part);
    board.call("echo", request, PLENTY, Delivery::Call, keep).map_err(words)?;
    Ok(reply)
}

const fn call<'a>(entry: &'a str, request: &'a [u8]) -> Job<'a> {
    Job::Call { entry, request, delivery: Delivery::Call }
}

/// Whether it was refused for that reason.
fn refused<R>(done: Result<R, client::Error<wire::Error>>, expected: impl Into<Reason>) -> Done {
    let Reason(expected) = expected.into();
    match done {
        Err(client::Error::Failed(failure, _)) if failure == expected => Ok(()),
        Err(error) => Err(format!("{error}, not: {expected}").into()),
        Ok(_) => Err(format!("it was not refused: {expected}").into()),
    }
}

struct Reason(Failure);

impl From<LinkError> for Reason {
    fn from(error: LinkError) -> Self {
        Self(error.into())
    }
}

impl From<CallError> for Reason {
    fn from(error: CallError) -> Self {
        Self(error.into())
    }
}

impl From<Trap> for Reason {
    fn from(trap: Trap) -> Self {
        Self(Error::Trap(trap).into())
    }
}

impl From<Abstain> for Reason {
    fn from(abstain: Abstain) -> Self {
        Self(Error::Abstain(abstain).into())
    }
}

fn words(error: client::Error<wire::Error>) -> String {
    error.to_string()
}
