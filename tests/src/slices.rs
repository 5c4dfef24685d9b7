//! Calls in slices, for engines that have them.

use aingle_wasm_core::{
    engine::{Engine, Sliced},
    error::{CallError, Error, Trap},
    guest::{Turn, TurnOf},
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
        fault_51_an_endless_loop_comes_back,
        fault_28_an_endless_loop_in_slices_ends,
        fault_36_host_calls_are_charged_to_the_whole_call,
        a_cancelled_call_leaves_a_fresh_guest,
        another_use_ends_a_call,
        guests_take_turns,
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

fn fault_51_an_endless_loop_comes_back<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    let mut hang = guest.0.entry("hang")?;
    let mut turn = guest.0.begin(&mut hang, b"", u64::MAX, 100, |_| ())?;
    for slices in 1..=50 {
        // A slice may end before its last unit, where the next charge does not fit.
        ensure!((90 * slices..=100 * slices).contains(&guest.0.fuel_used()));
        let Turn::Underway(call) = turn else { return Err(Failure::new("the call is under way", None)) };
        turn = guest.0.go_on(call, 100, |_| ())?;
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

/// A slice of one unit suffices for calls of the host that cost more, as long as the call's fuel does.
fn fault_36_host_calls_are_charged_to_the_whole_call<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    let (answer, slices) = guest.in_slices(PLENTY, 1, "ask", b"a question")?;
    ensure!(answer.is(b"a question"));
    ensure!(slices > 1);
    ensure!(guest.calls() == Some(1));
    Ok(())
}

fn a_cancelled_call_leaves_a_fresh_guest<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("count", b"")?.is(&[1]));
    let mut hang = guest.0.entry("hang")?;
    let Turn::Underway(call) = guest.0.begin(&mut hang, b"", PLENTY, 10, |_| ())? else {
        return Err(Failure::new("the call is under way", None));
    };
    guest.0.cancel(call);
    ensure!(guest.call("count", b"")?.is(&[1]));
    Ok(())
}

fn another_use_ends_a_call<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    for fresh in 0..3 {
        let mut hang = guest.0.entry("hang")?;
        let Turn::Underway(call) = guest.0.begin(&mut hang, b"", PLENTY, 10, |_| ())? else {
            return Err(Failure::new("the call is under way", None));
        };
        match fresh {
            0 => ensure!(guest.call("count", b"")?.is(&[1])),
            1 => guest.0.reset()?,
            _ => _ = guest.0.begin(&mut hang, b"", PLENTY, 10, |_| ())?,
        }
        ensure_error!(guest.0.go_on(call, 10, |_| ()).map(drop), CallError::Ended);
    }
    Ok(())
}

/// Two guests and a third that hangs, in slices one after the other: each answers as if it were alone.
fn guests_take_turns<E: Slicer>(engine: E) -> Result<(), Failure> {
    let mut hanging = Subject::load(engine.clone(), wasm!("ours"))?;
    let mut useful = Subject::load(engine.clone(), wasm!("ours"))?;
    let mut alone = Subject::load(engine, wasm!("ours"))?;
    alone.call("ask_thrice", b"")?;
    let (mut hang, mut ask) = (hanging.0.entry("hang")?, useful.0.entry("ask_thrice")?);
    let mut endless = hanging.0.begin(&mut hang, b"", PLENTY, 5, |_| ())?;
    let mut turn = useful.0.begin(&mut ask, b"", PLENTY, 5, |reply| reply.map_or(0, <[u8]>::len))?;
    let answered = loop {
        match (turn, endless) {
            (Turn::Done(len), _) => break len,
            (Turn::Underway(useful_call), Turn::Underway(hanging_call)) => {
                turn = useful.0.go_on(useful_call, 5, |reply| reply.map_or(0, <[u8]>::len))?;
                endless = hanging.0.go_on(hanging_call, 5, |_| ())?;
            }
            _ => return Err(Failure::new("the call is under way", None)),
        }
    };
    ensure!(answered == 3);
    ensure!(useful.0.fuel_used() == alone.0.fuel_used());
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
        let mut entry = self.0.entry(entry)?;
        let mut turn: TurnOf<E, Probe, Answer> =
            self.0.begin(&mut entry, request, fuel, slice, Answer::of)?;
        let mut slices = 1;
        loop {
            match turn {
                Turn::Done(answer) => return Ok((answer, slices)),
                Turn::Underway(call) => turn = self.0.go_on(call, slice, Answer::of)?,
            }
            slices += 1;
        }
    }
}
