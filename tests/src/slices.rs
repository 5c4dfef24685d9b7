//! Calls in slices, for engines that have them.

use aingle_wasm_core::{
    engine::{ALLOCATOR_FUEL, Engine, Sliced, Value},
    error::{Abstain, CallError, Error, Trap},
    guest::{Delivery, Job, Outcome, Turn},
};

use crate::{
    Failure, Probe,
    probe::{Answer, PLENTY, Subject},
};

/// An engine whose calls can wait.
pub trait Slicer: Engine<Probe, Instance: Sliced<Probe>> + Clone {}

impl<E: Engine<Probe, Instance: Sliced<Probe>> + Clone> Slicer for E {}

/// Hands every case and its name to `each`, in the same order every time.
pub fn for_each_sliced<E: Slicer>(mut each: impl FnMut(&'static str, crate::Case<E>)) {
    macro_rules! cases {
        ($($case:ident,)+) => { $(each(concat!("slices::", stringify!($case)), $case);)+ };
    }
    cases! {
        the_same_answer_and_fuel_in_any_slices,
        every_job_is_the_same_in_slices,
        an_answer_is_lent_while_its_guest_lives,
        fault_51_an_endless_loop_comes_back,
        fault_28_an_endless_loop_in_slices_ends,
        fault_28_an_allocator_that_hangs_is_not_waited_for,
        fault_36_host_calls_are_charged_to_the_whole_call,
        fault_51_host_calls_use_up_a_slice,
        a_cancelled_call_leaves_a_fresh_guest,
        another_use_ends_a_call,
        guests_take_turns,
        a_request_that_is_there_already_is_as_one_that_is_copied,
        a_request_that_is_there_is_gone_with_another_use,
    }
}

fn the_same_answer_and_fuel_in_any_slices<E: Slicer>(engine: E) -> Result<(), Failure> {
    for (wasm, entry, request) in [
        (&wasm!("ours")[..], "echo", &b"21.5"[..]),
        (wasm!("ours"), "ask_thrice", b""),
        (wasm!("ours"), "ask", b"a question"),
        (wasm!("predecessor"), "echo", b"21.5"),
        (wasm!("predecessor"), "ask", b"a question"),
    ] {
        let mut whole = Subject::load(engine.clone(), wasm)?;
        let answer = whole.call(entry, request)?;
        let fuel = whole.0.fuel_used();
        for slice in [1, 2, 3, 7, 50, 1000] {
            let mut guest = Subject::load(engine.clone(), wasm)?;
            let (sliced, _) = guest.in_slices(fuel, slice, entry, request)?;
            ensure!(sliced.bytes == answer.bytes && sliced.error == answer.error);
            ensure!(guest.0.fuel_used() == fuel);
            ensure!(guest.0.host_calls() == whole.0.host_calls());
            ensure_error!(guest.in_slices(fuel - 1, slice, entry, request).map(drop), Trap::OutOfFuel);
            ensure!(guest.0.fuel_used() < fuel);
        }
    }
    Ok(())
}

fn every_job_is_the_same_in_slices<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mixed = &[Value::I32(1), Value::I64(2), Value::F32(3), Value::F64(4)];
    let jobs = |delivery| Job::Call { entry: "header", request: b"abc", delivery };
    for (wasm, job) in [
        (&wasm!("ours")[..], jobs(Delivery::Call)),
        (wasm!("ours"), jobs(Delivery::Event)),
        (wasm!("ours"), jobs(Delivery::Raw)),
        (wasm!("numbers"), Job::Invoke { export: "mix", arguments: mixed }),
        (wasm!("numbers"), Job::Invoke { export: "mix", arguments: &mixed[1..] }),
        (wasm!("numbers"), Job::Invoke { export: "none", arguments: &[] }),
    ] {
        let mut whole = Subject::load(engine.clone(), wasm)?.0;
        let mut sliced = Subject::load(engine.clone(), wasm)?.0;
        let outcome = whole.perform(&job, PLENTY);
        let mut turn = sliced.begin(&job, PLENTY, 1);
        while let Ok(Turn::Underway(job)) = turn {
            turn = sliced.go_on(job, 1);
        }
        match (outcome, turn) {
            (Ok(Outcome::Replied(whole_reply)), Ok(Turn::Done(Outcome::Replied(reply)))) => {
                let bytes = whole.lend(whole_reply, Answer::of_bytes)?;
                ensure!(sliced.lend(reply, |reply| reply == bytes.bytes)?);
                ensure!(reply.is_error() == whole_reply.is_error());
            }
            (Ok(Outcome::Returned(whole)), Ok(Turn::Done(Outcome::Returned(sliced)))) => {
                ensure!(whole == sliced);
            }
            (Err(whole), Err(sliced)) => ensure!(whole == sliced),
            _ => return Err(Failure::new("a job in slices ends in another way", None)),
        }
        ensure!(whole.fuel_used() == sliced.fuel_used());
        ensure!(whole.dropped_replies() == sliced.dropped_replies());
    }
    Ok(())
}

fn an_answer_is_lent_while_its_guest_lives<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?.0;
    let Outcome::Replied(reply) = guest.perform(&call("echo", b"abc"), PLENTY)? else {
        return Err(Failure::new("an entry replies", None));
    };
    ensure!(reply.len() == 3 && guest.lend(reply, |bytes| bytes == b"abc")?);
    ensure_error!(guest.perform(&call("crash", b""), PLENTY).map(drop), Trap::Unreachable);
    ensure_error!(guest.lend(reply, |_| ()), CallError::Ended);
    guest.perform(&call("echo", b"xyz"), PLENTY)?;
    let mut lent = false;
    ensure_error!(guest.lend(reply, |_| lent = true), CallError::Ended);
    ensure!(!lent);
    Ok(())
}

fn fault_51_an_endless_loop_comes_back<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    let mut turn = guest.0.begin(&HANG, u64::MAX, 100)?;
    for slices in 1..=50 {
        // A slice may end before its last unit, where the next charge does not fit.
        ensure!((90 * slices..=100 * slices).contains(&guest.0.fuel_used()));
        let Turn::Underway(call) = turn else { return Err(Failure::new("the call is under way", None)) };
        turn = guest.0.go_on(call, 100)?;
    }
    Ok(())
}

fn fault_28_an_endless_loop_in_slices_ends<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    for entry in ["hang", "ask_for_ever", "fill_for_ever"] {
        ensure_error!(guest.call_under(10_000, entry, b"").map(drop), Trap::OutOfFuel);
        let used = guest.0.fuel_used();
        for slice in [1, 70, 100_000] {
            ensure_error!(guest.in_slices(10_000, slice, entry, b"").map(drop), Trap::OutOfFuel);
            ensure!(guest.0.fuel_used() == used);
        }
    }
    Ok(())
}

/// It cannot be interrupted. With little fuel it ends as on any machine; with more there is no verdict.
fn fault_28_an_allocator_that_hangs_is_not_waited_for<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?.0;
    // The first byte of a request says what the allocator does while the host looks for room for its answer.
    let within = [HANGS as u8];
    ensure_error!(guest.begin(&call("ask_with_lie", &within), u64::MAX, 100).map(drop), Abstain::Time);
    ensure!(guest.fuel_used() <= 2 * ALLOCATOR_FUEL);
    ensure_error!(guest.begin(&call("ask_with_lie", &within), 10_000, 100).map(drop), Trap::OutOfFuel);
    for (fuel, error) in [
        (u64::MAX, Error::from(Abstain::Time)),
        (ALLOCATOR_FUEL + 1, Abstain::Time.into()),
        (ALLOCATOR_FUEL, Trap::OutOfFuel.into()),
    ] {
        guest.invoke("lie", &[Value::I32(HANGS)], PLENTY)?;
        ensure_error!(guest.begin(&call("echo", b"x"), fuel, 100).map(drop), error);
        ensure!(guest.fuel_used() <= ALLOCATOR_FUEL);
        // It was started afresh.
        let Outcome::Replied(reply) = guest.perform(&call("echo", b"x"), PLENTY)? else {
            return Err(Failure::new("an entry replies", None));
        };
        ensure!(reply.len() == 1);
    }
    Ok(())
}

/// A slice of one unit suffices for calls of the host that cost more, as long as the call's fuel does.
fn fault_36_host_calls_are_charged_to_the_whole_call<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    let (answer, slices) = guest.in_slices(PLENTY, 1, "ask", b"a question")?;
    ensure!(answer.is(b"a question"));
    ensure!(slices > 1);
    ensure!(guest.calls() == Some(1));
    Ok(())
}

/// A guest that only calls its host comes back as often as one that only computes.
fn fault_51_host_calls_use_up_a_slice<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    let mut turn = guest.0.begin(&call("ask_for_ever", b""), u64::MAX, 100)?;
    for slices in 1..=50 {
        // The last call may be larger than what is left.
        ensure!((50 * slices..=150 * slices).contains(&guest.0.fuel_used()));
        let Turn::Underway(call) = turn else { return Err(Failure::new("the call is under way", None)) };
        turn = guest.0.go_on(call, 100)?;
    }
    Ok(())
}

fn a_cancelled_call_leaves_a_fresh_guest<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("count", b"")?.is(&[1]));
    let Turn::Underway(call) = guest.0.begin(&HANG, PLENTY, 10)? else {
        return Err(Failure::new("the call is under way", None));
    };
    guest.0.cancel(call);
    ensure!(guest.call("count", b"")?.is(&[1]));
    Ok(())
}

fn another_use_ends_a_call<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    for fresh in 0..3 {
        let Turn::Underway(call) = guest.0.begin(&HANG, PLENTY, 10)? else {
            return Err(Failure::new("the call is under way", None));
        };
        match fresh {
            0 => ensure!(guest.call("count", b"")?.is(&[1])),
            1 => guest.0.reset()?,
            _ => _ = guest.0.begin(&HANG, PLENTY, 10)?,
        }
        ensure_error!(guest.0.go_on(call, 10).map(drop), CallError::Ended);
    }
    Ok(())
}

/// Two guests and a third that hangs, in slices one after the other: each answers as if it were alone.
fn guests_take_turns<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut hanging = Subject::load(engine.clone(), wasm!("ours"))?;
    let mut useful = Subject::load(engine.clone(), wasm!("ours"))?;
    let mut alone = Subject::load(engine, wasm!("ours"))?;
    alone.call("ask_thrice", b"")?;
    let mut endless = hanging.0.begin(&HANG, PLENTY, 5)?;
    let mut turn = useful.0.begin(&call("ask_thrice", b""), PLENTY, 5)?;
    let answered = loop {
        match (turn, endless) {
            (Turn::Done(Outcome::Replied(reply)), _) => break reply.len(),
            (Turn::Underway(useful_call), Turn::Underway(hanging_call)) => {
                turn = useful.0.go_on(useful_call, 5)?;
                endless = hanging.0.go_on(hanging_call, 5)?;
            }
            _ => return Err(Failure::new("the call is under way", None)),
        }
    };
    ensure!(answered == 3);
    ensure!(useful.0.fuel_used() == alone.0.fuel_used());
    Ok(())
}

fn a_request_that_is_there_already_is_as_one_that_is_copied<E: Slicer>(engine: E) -> Result<(), Failure> {
    for (entry, delivery) in [
        ("echo", Delivery::Call),
        ("ask", Delivery::Call),
        ("header", Delivery::Call),
        ("header", Delivery::Event),
        ("header", Delivery::Raw),
    ] {
        let mut copied = Subject::load(engine.clone(), wasm!("ours"))?.0;
        let mut placed = Subject::load(engine.clone(), wasm!("ours"))?.0;
        let request = b"one question, in parts";
        let outcome = copied.perform(&Job::Call { entry, request, delivery }, PLENTY);
        for (at, part) in request.chunks(5).enumerate() {
            ensure!(placed.place(request.len() as u32, at as u32 * 5, part) == Ok(true));
        }
        let Turn::Done(done) = placed.begin_placed(entry, delivery, PLENTY, PLENTY)? else {
            return Err(Failure::new("a short call ends", None));
        };
        let (Ok(Outcome::Replied(expected)), Outcome::Replied(reply)) = (outcome, done) else {
            return Err(Failure::new("an entry replies", None));
        };
        let expected = copied.lend(expected, Answer::of_bytes)?;
        ensure!(placed.lend(reply, Answer::of_bytes)?.bytes == expected.bytes);
        ensure!(placed.fuel_used() == copied.fuel_used() && placed.host_calls() == copied.host_calls());
        ensure!(copied.with_memory(<[u8]>::len) == placed.with_memory(<[u8]>::len));
        // It is for one call.
        ensure_error!(placed.begin_placed(entry, delivery, PLENTY, PLENTY).map(drop), CallError::Ended);
    }
    Ok(())
}

fn a_request_that_is_there_is_gone_with_another_use<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine.clone(), wasm!("ours"))?.0;
    for other in 0..5 {
        ensure!(guest.place(4, 0, b"four") == Ok(true));
        match other {
            0 => _ = guest.perform(&call("echo", b"other"), PLENTY)?,
            1 => ensure!(guest.perform(&call("crash", b""), PLENTY).is_err()),
            2 => guest.reset()?,
            3 => _ = guest.begin(&call("count", b""), PLENTY, PLENTY)?,
            // The second part of another request.
            _ => ensure!(guest.place(5, 4, b"five") == Ok(false)),
        }
        ensure_error!(guest.begin_placed("echo", Delivery::Call, PLENTY, PLENTY).map(drop), CallError::Ended);
    }
    ensure!(guest.place(4, 0, b"fo") == Ok(true));
    ensure_error!(guest.begin_placed("echo", Delivery::Call, PLENTY, PLENTY).map(drop), CallError::Ended);
    // The inbox has room for an envelope of 256 bytes, and no part goes beyond its request.
    ensure!(guest.place(244, 0, &[7; 244]) == Ok(true));
    ensure!(guest.place(245, 0, &[7; 245]) == Ok(false));
    ensure!(guest.place(4, 0, b"more than four") == Ok(false));
    let Turn::Underway(hangs) = guest.begin(&HANG, PLENTY, 10)? else {
        return Err(Failure::new("the call is under way", None));
    };
    ensure!(guest.place(4, 0, b"four") == Ok(false));
    ensure!(matches!(guest.go_on(hangs, 10)?, Turn::Underway(_)));
    let mut guest = Subject::load(engine, wasm!("predecessor"))?.0;
    ensure!(guest.place(4, 0, b"four") == Ok(false));
    Ok(())
}

impl<E: Slicer> Subject<E> {
    /// Calls an entry in slices; its answer, and how many there were.
    fn in_slices(
        &mut self,
        fuel: u64,
        slice: u64,
        entry: &str,
        request: &[u8],
    ) -> Result<(Answer, u32), Error> {
        let mut turn = self.0.begin(&call(entry, request), fuel, slice)?;
        let mut slices = 1;
        loop {
            match turn {
                Turn::Done(Outcome::Replied(reply)) => {
                    let answer = self.0.lend(reply, Answer::of_bytes)?;
                    return Ok((Answer { error: reply.is_error(), ..answer }, slices));
                }
                Turn::Done(_) => return Err(CallError::EntryType.into()),
                Turn::Underway(job) => turn = self.0.go_on(job, slice)?,
            }
            slices += 1;
        }
    }
}

const fn call<'a>(entry: &'a str, request: &'a [u8]) -> Job<'a> {
    Job::Call { entry, request, delivery: Delivery::Call }
}

const HANG: Job<'static> = call("hang", b"");

/// Tells the predecessor's guest to have its allocator hang.
const HANGS: u32 = 5;
