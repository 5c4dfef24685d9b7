//! Guests that do not end, and what their fuel does about it.

use aingle_wasm_core::{engine::Engine, error::Trap};

use crate::{
    Failure, Probe,
    probe::{PLENTY, Subject},
};

pub fn fault_28_an_endless_loop_ends<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call("hang", b""), Trap::OutOfFuel);
    ensure!(guest.0.fuel_used() <= PLENTY);
    ensure_error!(guest.call_under(0, "hang", b""), Trap::OutOfFuel);
    ensure!(guest.0.fuel_used() == 0);
    Ok(())
}

pub fn fault_28_an_endless_loop_of_host_calls_ends<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call_under(1000, "ask_for_ever", b""), Trap::OutOfFuel);
    ensure!(guest.calls().is_some_and(|calls| (10..1000).contains(&calls)));
    Ok(())
}

pub fn fault_28_an_endless_loop_of_fills_ends<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call("fill_for_ever", b""), Trap::OutOfFuel);
    Ok(())
}

pub fn fault_36_a_refilled_guest_answers<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    guest.call("ask", b"sound")?;
    let needed = guest.0.fuel_used();
    for fuel in 0..needed {
        ensure_error!(guest.call_under(fuel, "ask", b"sound"), Trap::OutOfFuel);
        ensure!(guest.0.fuel_used() <= fuel);
        ensure!(guest.call_under(needed, "ask", b"sound")?.is(b"sound"));
    }
    Ok(())
}

pub fn fuel_used_repeats<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut first = Subject::load(engine.clone(), wasm!("ours"))?;
    let mut second = Subject::load(engine, wasm!("ours"))?;
    first.call("echo", &[1; 1000])?;
    let used = first.0.fuel_used();
    for _ in 0..3 {
        second.call("echo", &[2; 1000])?;
        ensure!(second.0.fuel_used() == used);
        second.call("ask", b"something else")?;
    }
    Ok(())
}
