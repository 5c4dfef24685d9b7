//! A reset: nothing of an earlier call is seen again.

use aingle_wasm_core::{
    engine::{Engine, Instance, Memory, Value},
    error::{Error, Trap},
    host::Host,
};

use crate::{
    Failure, IMPORTS, LIMITS, Probe,
    probe::{PLENTY, Subject},
};

/// A validator must not remember: neither memory nor globals, neither after the first reset nor after later ones.
pub fn a_reset_guest_remembers_nothing<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("named"))?;
    for _ in 0..3 {
        ensure!(is_new(&mut guest)?);
        ensure!(guest.invoke("change", &[])?[..] == [Value::I32(8)]);
        ensure!(guest.invoke("change", &[])?[..] == [Value::I32(9)]);
        ensure!(guest.invoke("load8", &[Value::I32(4095)])?[..] == [Value::I32(255)]);
        guest.0.reset()?;
        ensure!(guest.0.fuel_used() == 0);
    }
    // A guest that was reset and not used is the same.
    guest.0.reset()?;
    ensure!(is_new(&mut guest)?);
    Ok(())
}

pub fn a_guest_without_names_is_reset_too<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    for _ in 0..3 {
        ensure!(guest.call("count", b"")?.is(&[1]));
        ensure!(guest.call("count", b"")?.is(&[2]));
        ensure!(guest.0.with_memory(|memory| memory[512]) == 2);
        guest.0.reset()?;
        ensure!(guest.0.with_memory(|memory| memory[512]) == 0);
    }
    Ok(())
}

pub fn fault_37_nothing_of_a_trap_survives_a_reset<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("named"))?;
    for _ in 0..3 {
        ensure_error!(guest.invoke("change_and_crash", &[]), Trap::Unreachable);
        guest.0.reset()?;
        ensure!(is_new(&mut guest)?);
        guest.invoke("change", &[])?;
        guest.0.reset()?;
    }
    Ok(())
}

/// The same call takes the same fuel after a reset as before it, and may not take more than is given.
pub fn fuel_is_the_same_after_a_reset<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    guest.call("ask_thrice", b"")?;
    let used = guest.0.fuel_used();
    for _ in 0..3 {
        guest.0.reset()?;
        ensure!(guest.0.host_calls() == (0, 0));
        guest.call("ask_thrice", b"")?;
        ensure!(guest.0.fuel_used() == used);
        ensure_error!(guest.call_under(used - 1, "ask_thrice", b"").map(drop), Trap::OutOfFuel);
        guest.0.reset()?;
        ensure_error!(guest.call("hang", b"").map(drop), Trap::OutOfFuel);
    }
    Ok(())
}

pub fn a_memory_that_grew_is_small_again<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("growing"))?;
    for _ in 0..3 {
        ensure!(guest.invoke("grow", &[Value::I32(1)])?[..] == [Value::I32(1)]);
        guest.invoke("fill", &[Value::I32(1 << 16), Value::I32(9)])?;
        guest.0.reset()?;
        ensure!(guest.invoke("size", &[])?[..] == [Value::I32(1)]);
        ensure!(guest.invoke("grow", &[Value::I32(1)])?[..] == [Value::I32(1)]);
        ensure!(guest.invoke("load8", &[Value::I32(1 << 16)])?[..] == [Value::I32(0)]);
        guest.0.reset()?;
    }
    Ok(())
}

/// Entries outlive a reset, and so does the host's state.
pub fn entries_and_state_stay<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    let mut ask = guest.0.entry("ask")?;
    for calls in 1..=4 {
        let echoed = guest.0.call(&mut ask, b"21.5", PLENTY, |reply| reply == Ok(&b"21.5"[..]))?;
        ensure!(echoed);
        guest.0.reset()?;
        ensure!(guest.calls() == Some(calls));
    }
    Ok(())
}

/// A guest of the predecessor, whose arena fills: after a reset it is empty.
pub fn an_arena_is_empty_after_a_reset<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    guest.call("echo", b"one")?;
    let used = guest.0.fuel_used();
    for _ in 0..3 {
        guest.0.reset()?;
        ensure!(guest.call("echo", b"one")?.is(b"one"));
        ensure!(guest.0.fuel_used() == used);
    }
    Ok(())
}

/// What makes a reset cheap: the instance stays, and only what changed is put back.
pub fn an_instance_is_put_back_in_place<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let module = engine.load(wasm!("named"), LIMITS)?;
    let mut instance = engine.start(&module, &IMPORTS.into(), Host::new(Probe::default()))?;
    ensure!(!instance.reset());
    ensure!(instance.remember());
    let before = instance.with_memory(|memory, _| memory.iter().map(|&byte| u32::from(byte)).sum::<u32>());
    for _ in 0..3 {
        let mut fuel = PLENTY;
        ensure!(instance.invoke("change", &[], &mut fuel)?[..] == [Value::I32(8)]);
        ensure!(instance.reset());
        ensure!(instance.invoke("count", &[], &mut fuel)?[..] == [Value::I32(7)]);
        ensure!(
            instance.with_memory(|memory, _| memory.iter().map(|&byte| u32::from(byte)).sum::<u32>())
                == before
        );
    }
    Ok(())
}

fn is_new<E: Engine<Probe>>(guest: &mut Subject<E>) -> Result<bool, Error> {
    let text = guest.0.with_memory(|memory| memory[8..13] == *b"start" && memory[4095] == 0);
    let count = guest.invoke("count", &[])?[..] == [Value::I32(7)];
    let float = guest.invoke("float_of", &[])?[..] == [Value::F64((-0.5_f64).to_bits())];
    let table = guest.invoke("indirect", &[Value::I32(0)])?[..] == [Value::I32(11)];
    Ok(text && count && float && table)
}
