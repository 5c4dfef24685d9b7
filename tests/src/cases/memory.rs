//! What a guest may take of this machine's memory.

use aingle_wasm_core::{
    engine::{Engine, Limits, Value},
    error::{Abstain, Trap},
    guest::Guest,
};

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
