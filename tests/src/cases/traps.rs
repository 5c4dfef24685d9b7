//! Every way in which a run may stop, and what comes after.

use aingle_wasm_core::{
    engine::{Engine, Value},
    error::{CallError, Fault, Trap},
};
use aingle_wasm_fuel::spec::Spec;

use crate::{Failure, Probe, probe::Subject};

pub fn every_kind_of_trap<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("traps"))?;
    ensure_error!(guest.invoke("unreachable", &[]), Trap::Unreachable);
    ensure_error!(guest.invoke("load8", &[Value::I32(100)]), Trap::MemoryOutOfBounds);
    ensure_error!(guest.invoke("call", &[Value::I32(4)]), Trap::TableOutOfBounds);
    ensure_error!(guest.invoke("call", &[Value::I32(2)]), Trap::IndirectCallToNull);
    ensure_error!(guest.invoke("call", &[Value::I32(1)]), Trap::BadSignature);
    ensure!(guest.invoke("call", &[Value::I32(0)])?.is_empty());
    let div = |a: i32, b: i32| [Value::I32(a as u32), Value::I32(b as u32)];
    ensure_error!(guest.invoke("div", &div(1, 0)), Trap::IntegerDivisionByZero);
    ensure_error!(guest.invoke("div", &div(i32::MIN, -1)), Trap::IntegerOverflow);
    ensure!(guest.invoke("div", &div(-7, 2))?[..] == [Value::I32(-3_i32 as u32)]);
    let rem64 = guest.invoke("rem64", &[Value::I64(1), Value::I64(0)]);
    ensure_error!(rem64, Trap::IntegerDivisionByZero);
    let nan = guest.invoke("trunc", &[Value::F32(f32::NAN.to_bits())]);
    ensure_error!(nan, Trap::BadConversionToInteger);
    let large = guest.invoke("trunc", &[Value::F32(2147483648_f32.to_bits())]);
    ensure_error!(large, Trap::IntegerOverflow);
    Ok(())
}

/// An engine may rewrite a guest and export more; none of that is the guest's.
pub fn only_the_guests_own_exports_run<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?.0;
    let arguments = [Value::I32(0), Value::I32(0), Value::I64(u64::MAX)];
    for export in ["__aingle_fuel_call_echo", "__aingle_fuel_start", "__aingle_fuel"] {
        ensure_error!(guest.invoke(export, &arguments, ENDLESS), CallError::NoEntry);
        ensure!(guest.fuel_used() == 0);
    }
    Ok(())
}

pub fn fault_29_endless_recursion_ends<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine.clone(), wasm!("traps"))?.0;
    ensure_error!(guest.invoke("recurse", &[Value::I32(0)], ENDLESS), Trap::StackOverflow);
    ensure_error!(guest.invoke("recurse", &[Value::I32(0)], ENDLESS), Trap::StackOverflow);
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call_under(ENDLESS, "recurse", b""), Trap::StackOverflow);
    ensure!(guest.call("echo", b"again")?.is(b"again"));
    Ok(())
}

/// Whichever way leads down, the same number of frames fits.
pub fn fault_29_recursion_ends_at_the_same_depth<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("traps"))?.0;
    for way in ["down", "down_in_turn", "down_through_table"] {
        let down = [Value::I32(FRAMES - 1)];
        ensure!(guest.invoke(way, &down, ENDLESS)?[..] == [Value::I32(FRAMES)]);
        ensure_error!(guest.invoke(way, &[Value::I32(FRAMES)], ENDLESS), Trap::StackOverflow);
        ensure!(guest.invoke(way, &down, ENDLESS)?[..] == [Value::I32(FRAMES)]);
    }
    Ok(())
}

/// However much a frame holds, as many fit.
pub fn fault_29_the_widest_frames_fit_as_often<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("wide"))?.0;
    for _ in 0..2 {
        guest.invoke("down", &[Value::I32(FRAMES - 1)], ENDLESS)?;
        ensure_error!(guest.invoke("down", &[Value::I32(FRAMES)], ENDLESS), Trap::StackOverflow);
    }
    Ok(())
}

/// Each frame calls the host once before it opens the next.
pub fn fault_29_recursion_with_host_calls_ends_too<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    for round in 1..=2 {
        ensure_error!(guest.call_under(ENDLESS, "ask_and_recurse", b""), Trap::StackOverflow);
        ensure!(guest.0.host_calls().0 == FRAMES);
        ensure!(guest.calls() == Some(round * FRAMES));
    }
    ensure!(guest.call("echo", b"again")?.is(b"again"));
    Ok(())
}

pub fn fault_35_an_answer_outside_memory_traps<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("answer_end", b"")?.is(&[0; 6]));
    ensure_error!(guest.call("answer_past_end", b""), Fault::ReplyRange);
    ensure_error!(guest.call("answer_far_away", b""), Fault::ReplyRange);
    ensure!(guest.call("answer_end", b"")?.is(&[0; 6]));
    Ok(())
}

pub fn fault_37_a_trapped_guest_starts_afresh<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?.0;
    let (mut count, mut hang) = (guest.entry("count")?, guest.entry("hang")?);
    for expected in [1, 2, 3] {
        ensure!(guest.call(&mut count, b"", 1000, |reply| reply == Ok(&[expected]))?);
    }
    ensure_error!(guest.call(&mut hang, b"", 1000, |_| ()), Trap::OutOfFuel);
    ensure!(guest.with_memory(<[u8]>::len) == 0);
    // The entry was looked up in the instance that is gone.
    ensure!(guest.call(&mut count, b"", 1000, |reply| reply == Ok(&[1]))?);
    ensure!(guest.with_memory(<[u8]>::len) == 4096);
    Ok(())
}

pub fn fault_37_nothing_of_a_trapped_run_is_seen_again<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine.clone(), wasm!("ours"))?;
    for entry in
        ["crash", "hang", "recurse", "ask_past_end", "ask_overlapping", "ask_stop", "answer_far_away"]
    {
        ensure!(guest.call("count", b"")?.is(&[1]));
        ensure!(guest.0.host_calls() == (0, 0));
        ensure!(guest.call("count", b"")?.is(&[2]));
        ensure!(guest.call(entry, b"").is_err());
        ensure!(guest.0.with_memory(<[u8]>::len) == 0);
    }
    ensure!(guest.call("count", b"")?.is(&[1]));

    let mut guest = Subject::load(engine, wasm!("traps"))?;
    let address = [Value::I32(40)];
    for (trap, arguments) in [
        ("unreachable", &[][..]),
        ("load8", &[Value::I32(100)]),
        ("call", &[Value::I32(2)]),
        ("div", &[Value::I32(1), Value::I32(0)]),
        ("trunc", &[Value::F32(f32::NAN.to_bits())]),
    ] {
        guest.invoke("store64", &address)?;
        ensure!(guest.invoke("load32", &address)?[..] == [Value::I32(u32::MAX)]);
        ensure!(guest.invoke(trap, arguments).is_err());
        ensure!(guest.invoke("load32", &address)?[..] == [Value::I32(0)]);
    }
    Ok(())
}

pub fn memory_ends_at_its_last_byte<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("traps"))?;
    ensure!(guest.0.with_memory(<[u8]>::len) == 100);
    ensure!(guest.invoke("size", &[])?[..] == [Value::I32(100)]);
    guest.invoke("store64", &[Value::I32(92)])?;
    ensure!(guest.invoke("load32", &[Value::I32(96)])?[..] == [Value::I32(u32::MAX)]);
    for (export, address) in [("load8", 100), ("load32", 97), ("store64", 93), ("load32", u32::MAX)] {
        ensure_error!(guest.invoke(export, &[Value::I32(address)]), Trap::MemoryOutOfBounds);
    }
    ensure!(guest.invoke("load8", &[Value::I32(99)])?[..] == [Value::I32(0)]);
    Ok(())
}

pub fn bulk_operations_end_at_the_last_byte<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("traps"))?;
    let [start, len, end] = [Value::I32(90), Value::I32(10), Value::I32(100)];
    guest.invoke("fill", &[start, len])?;
    guest.invoke("copy", &[Value::I32(0), start, len])?;
    ensure!(guest.invoke("load8", &[Value::I32(9)])?[..] == [Value::I32(1)]);
    guest.invoke("fill", &[end, Value::I32(0)])?;
    let eleven = Value::I32(11);
    ensure_error!(guest.invoke("fill", &[start, eleven]), Trap::MemoryOutOfBounds);
    ensure_error!(guest.invoke("copy", &[start, Value::I32(0), eleven]), Trap::MemoryOutOfBounds);
    ensure_error!(guest.invoke("copy", &[Value::I32(0), start, eleven]), Trap::MemoryOutOfBounds);
    ensure_error!(guest.invoke("fill", &[Value::I32(101), Value::I32(0)]), Trap::MemoryOutOfBounds);
    Ok(())
}

/// Frames of the guest that fit.
const FRAMES: u32 = Spec::V1.depth();

/// Fuel that outlasts every stack.
const ENDLESS: u64 = 100_000_000;
