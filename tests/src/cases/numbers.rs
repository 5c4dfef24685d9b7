//! Exports that are called by their numbers, without an envelope.

use aingle_wasm_core::{
    engine::{Engine, Value},
    error::CallError,
};

use crate::{Failure, Probe, probe::Subject};

pub fn every_type_passes<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("numbers"))?;
    let [a, b] = [Value::I32(u32::MAX), Value::I64(1 << 63)];
    let [c, d] = [Value::F32((-0.0_f32).to_bits()), Value::F64(f64::INFINITY.to_bits())];
    ensure!(guest.invoke("mix", &[a, b, c, d])?[..] == [d, c, b, a]);
    ensure!(guest.invoke("extend", &[Value::I32(0x80)])?[..] == [Value::I32(-128_i32 as u32)]);
    ensure!(guest.0.fuel_used() > 0);
    Ok(())
}

pub fn conversions_saturate<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("traps"))?;
    for (float, integer) in [(f64::NAN, 0), (-1.0, 0), (1e30, u64::MAX), (2.9, 2)] {
        let result = guest.invoke("trunc_sat", &[Value::F64(float.to_bits())])?;
        ensure!(result[..] == [Value::I64(integer)]);
    }
    Ok(())
}

pub fn wrong_arguments_are_refused<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("numbers"))?;
    ensure_error!(guest.invoke("unheard_of", &[]), CallError::NoEntry);
    ensure_error!(guest.invoke("extend", &[]), CallError::Arguments);
    ensure_error!(guest.invoke("extend", &[Value::I64(1)]), CallError::Arguments);
    ensure_error!(guest.invoke("extend", &[Value::I32(1); 2]), CallError::Arguments);
    ensure_error!(guest.invoke("extend", &[Value::I32(1); 17]), CallError::Arguments);
    ensure_error!(guest.invoke("many", &[Value::I32(1); 17]), CallError::Arguments);
    Ok(())
}
