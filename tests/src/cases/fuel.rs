//! Guests that do not end, and what their fuel does about it.

use aingle_wasm_core::{
    engine::{Engine, Value},
    error::Trap,
};
use aingle_wasm_fuel::spec::Spec;

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

pub fn fault_28_an_endless_loop_of_fills_ends<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call("fill_for_ever", b""), Trap::OutOfFuel);
    Ok(())
}

/// Whatever is filled or copied is paid for by the byte, before it is done.
pub fn fault_28_bulk_operations_cost_their_bytes<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("growing"))?;
    let (zero, unit) = (Value::I32(0), Spec::V1.bytes_per_unit());
    for copy in [false, true] {
        let mut run = |len: u32, fuel| {
            let (to, len) = (zero, Value::I32(len));
            let result = match copy {
                true => guest.0.invoke("copy", &[to, zero, len], fuel),
                false => guest.0.invoke("fill", &[to, len], fuel),
            };
            (result.map(drop), guest.0.fuel_used())
        };
        let (empty, base) = run(0, PLENTY);
        empty?;
        for len in [1, unit - 1, unit, unit + 1, 10 * unit, 1 << 16] {
            let needed = base + u64::from(len / unit);
            let (whole, used) = run(len, PLENTY);
            whole?;
            ensure!(used == needed);
            if needed > base {
                let (short, used) = run(len, needed - 1);
                ensure_error!(short, Trap::OutOfFuel);
                ensure!(used == base);
            }
        }
    }
    Ok(())
}

pub fn fault_36_fuel_ends_between_host_calls<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    guest.call("ask_thrice", b"")?;
    let (needed, whole) = (guest.0.fuel_used(), guest.0.host_calls());
    ensure!(whole.0 == 3);
    let mut most = 0;
    for fuel in 0..needed {
        ensure_error!(guest.call_under(fuel, "ask_thrice", b""), Trap::OutOfFuel);
        let (calls, _) = guest.0.host_calls();
        ensure!(calls == most || calls == most + 1);
        most = calls;
        ensure!(guest.call_under(needed, "ask_thrice", b"")?.is(&[0; 3]));
        ensure!(guest.0.host_calls() == whole);
    }
    // A host call is the last that is paid for.
    ensure!(most == 2);
    Ok(())
}

/// The allocator that a host call runs spends the fuel of the call.
pub fn fault_36_fuel_ends_inside_a_host_call<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    every_limit(Subject::load(engine, wasm!("predecessor"))?)
}

pub fn fault_36_a_refilled_guest_answers<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    every_limit(Subject::load(engine, wasm!("ours"))?)
}

/// A call that asks the host, under every limit that does not suffice, each followed by one that does.
fn every_limit<E: Engine<Probe>>(mut guest: Subject<E>) -> Result<(), Failure> {
    guest.call("ask", b"sound")?;
    let needed = guest.0.fuel_used();
    for fuel in 0..needed {
        ensure_error!(guest.call_under(fuel, "ask", b"sound"), Trap::OutOfFuel);
        ensure!(guest.0.fuel_used() <= fuel);
        ensure!(guest.call_under(needed, "ask", b"sound")?.is(b"sound"));
        ensure!(guest.0.fuel_used() == needed);
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
