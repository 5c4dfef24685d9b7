//! Host calls of a guest of ours: bare bytes both ways.

use aingle_wasm_core::{crc::Crc32, engine::Engine, error::Fault};

use crate::{Failure, Probe, probe::Subject};

pub fn a_host_function_answers<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("ask", b"anyone there?")?.is(b"anyone there?"));
    ensure!(guest.call("ask", &[5; 64])?.is(&[5; 64]));
    ensure!(guest.calls() == Some(2));
    Ok(())
}

pub fn a_failed_host_function_is_an_error_answer<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("ask_fail", b"")?.is_error(b"no"));
    Ok(())
}

pub fn a_reply_without_room_names_its_size<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("ask_large", b"")?.is_error(b"SIZE\xe8\x03\0\0"));
    ensure!(guest.call("ask", &[5; 65])?.is_error(b"SIZE\x41\0\0\0"));
    Ok(())
}

pub fn a_host_function_may_stop_its_guest<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    guest.call("count", b"")?;
    ensure_error!(guest.call("ask_stop", b""), Fault::Stopped);
    ensure!(guest.call("count", b"")?.is(&[1]));
    Ok(())
}

pub fn host_calls_are_counted_and_digested<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    guest.call("ask", b"what")?;
    let mut digest = Crc32::new();
    digest.update(b"echo");
    digest.update(b"what");
    ensure!(guest.0.host_calls() == (1, digest.finish()));
    guest.call("count", b"")?;
    ensure!(guest.0.host_calls() == (0, Crc32::new().finish()));
    Ok(())
}

pub fn fault_31_a_request_within_memory_passes<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("ask_end", b"")?.is(&[0; 6]));
    Ok(())
}

pub fn fault_31_a_request_outside_memory_traps<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call("ask_past_end", b""), Fault::RequestRange);
    ensure_error!(guest.call("ask_wrapping", b""), Fault::RequestRange);
    ensure!(guest.calls() == Some(0));
    Ok(())
}

pub fn fault_31_an_empty_request_touches_nothing<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("ask_nothing_far_away", b"")?.is(b""));
    ensure!(guest.calls() == Some(1));
    Ok(())
}

pub fn fault_31_a_request_on_its_reply_traps<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call("ask_overlapping", b""), Fault::Overlap);
    ensure!(guest.calls() == Some(0));
    Ok(())
}
