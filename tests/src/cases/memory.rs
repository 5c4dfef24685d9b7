//! What a guest may take of this machine's memory.

use aingle_wasm_core::{
    engine::{Engine, Limits, Value},
    error::{Abstain, Trap},
    guest::Guest,
};
use aingle_wasm_fuel::spec::Spec;

use crate::{Failure, IMPORTS, LIMITS, Probe, probe::Subject};

pub fn fault_30_growth_ends_at_the_maximum<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("growing"))?;
    ensure!(guest.invoke("grow", &[Value::I32(3)])?[..] == [FAILED]);
    let needed = guest.0.fuel_used();
    ensure!(guest.invoke("grow", &[Value::I32(u32::MAX)])?[..] == [FAILED]);
    ensure!(guest.0.fuel_used() == needed);
    ensure!(guest.invoke("size", &[])?[..] == [Value::I32(1)]);
    ensure_error!(guest.invoke("load8", &[Value::I32(1 << 16)]), Trap::MemoryOutOfBounds);
    ensure!(guest.invoke("grow", &[Value::I32(2)])?[..] == [Value::I32(1)]);
    ensure!(guest.invoke("load8", &[Value::I32((3 << 16) - 1)])?[..] == [Value::I32(0)]);
    ensure!(guest.invoke("grow", &[Value::I32(1)])?[..] == [FAILED]);
    ensure!(guest.0.with_memory(<[u8]>::len) == 3 << 16);
    Ok(())
}

/// Bit 63 of a packed answer is the error mark: no guest may have an address of 32 bits.
pub fn a_memory_of_2_gib_is_not_given<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let limits = Limits { memory: u32::MAX, ..LIMITS };
    let loaded = Guest::load(engine, wasm!("huge"), limits, IMPORTS, Probe::default());
    ensure_error!(loaded.map(drop), Abstain::Memory);
    Ok(())
}

pub fn fault_30_a_storm_of_growth_ends<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("growing"))?;
    ensure_error!(guest.invoke("storm", &[]), Trap::OutOfFuel);
    ensure!(guest.invoke("size", &[])?[..] == [Value::I32(1)]);
    Ok(())
}

pub fn fault_30_a_failed_growth_changes_nothing<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("growing"))?;
    let last = [Value::I32((1 << 16) - 1)];
    guest.invoke("fill", &[last[0], Value::I32(1)])?;
    for pages in [3, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        ensure!(guest.invoke("grow", &[Value::I32(pages)])?[..] == [FAILED]);
        ensure!(guest.invoke("size", &[])?[..] == [Value::I32(1)]);
        ensure!(guest.invoke("load8", &last)?[..] == [Value::I32(7)]);
    }
    // Growth that is not paid for is none either, and ends the run.
    guest.invoke("grow", &[Value::I32(3)])?;
    let failed = guest.0.fuel_used();
    let paid = failed + u64::from((1 << 16) / Spec::V1.bytes_per_unit());
    ensure_error!(guest.0.invoke("grow", &[Value::I32(1)], paid - 1), Trap::OutOfFuel);
    ensure!(guest.0.fuel_used() == failed);
    ensure!(guest.invoke("load8", &last)?[..] == [Value::I32(0)]);
    ensure!(guest.0.invoke("grow", &[Value::I32(1)], paid)?[..] == [Value::I32(1)]);
    ensure!(guest.0.fuel_used() == paid);
    ensure!(guest.invoke("load8", &[Value::I32((2 << 16) - 1)])?[..] == [Value::I32(0)]);
    ensure_error!(guest.invoke("load8", &[Value::I32(2 << 16)]), Trap::MemoryOutOfBounds);
    Ok(())
}

/// Beyond what the specification lets any memory have, growth fails everywhere; beyond what this machine has, the
/// machine has no opinion.
pub fn growth_that_a_machine_lacks_is_no_verdict<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("unbounded"))?;
    ensure!(guest.invoke("grow", &[Value::I32(4096)])?[..] == [FAILED]);
    ensure_error!(guest.invoke("grow", &[Value::I32(3)]), Abstain::Memory);
    ensure!(guest.invoke("grow", &[Value::I32(2)])?[..] == [Value::I32(1)]);
    Ok(())
}

/// What a growth that did not happen gives.
const FAILED: Value = Value::I32(u32::MAX);
