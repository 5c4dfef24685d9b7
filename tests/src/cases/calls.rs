//! Calls of a guest of ours.

use aingle_wasm_core::{
    engine::Engine,
    error::{CallError, Fault},
};

use crate::{
    Failure, Probe,
    probe::{PLENTY, Subject},
};

pub fn a_reply_is_lent<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("echo", b"hello")?.is(b"hello"));
    ensure!(guest.call("echo", &[7; 244])?.is(&[7; 244]));
    ensure!(guest.0.fuel_used() > 0);
    ensure!(guest.0.with_memory(<[u8]>::len) == 4096);
    Ok(())
}

pub fn an_empty_request_needs_no_envelope<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    ensure!(Subject::load(engine, wasm!("ours"))?.call("echo", b"")?.is(b""));
    Ok(())
}

pub fn an_error_answer_is_no_fault<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("refuse", b"because")?.is_error(b"because"));
    ensure!(guest.call("refuse_without_words", b"x")?.is_error(b""));
    ensure!(guest.call("count", b"")?.is(&[1]));
    Ok(())
}

pub fn a_request_beyond_the_inbox_is_allocated<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("echo", &[9; 245])?.is(&[9; 245]));
    ensure!(guest.call("echo", &[9; 1000])?.is(&[9; 1000]));
    ensure_error!(guest.call("echo", &[9; 2037]), Fault::NoRoom);
    Ok(())
}

pub fn a_guest_of_ours_gets_a_local_envelope<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure!(guest.call("header", b"abc")?.is(b"\x49\x41\x02\x14\x03\0\0\0\0\0\0\0"));
    Ok(())
}

pub fn an_event_has_no_answer<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?.0;
    let mut count = guest.entry("count")?;
    guest.notify(&mut count, b"", 1000)?;
    ensure!(guest.dropped_replies() == 1);
    let mut guest = Subject(guest);
    ensure!(guest.call("count", b"")?.is(&[2]));
    Ok(())
}

pub fn a_raw_frame_goes_through_as_it_is<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?.0;
    let mut header = guest.entry("header")?;
    let same = guest.call_raw_frame(&mut header, b"not an envelope", 1000, |bytes, error| {
        bytes == b"not an envel" && !error
    })?;
    ensure!(same);
    Ok(())
}

pub fn an_entry_that_is_none_is_refused<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    ensure_error!(guest.call("unheard_of", b""), CallError::NoEntry);
    ensure_error!(guest.call("memory", b""), CallError::NoEntry);
    ensure_error!(guest.call("not_an_entry", b""), CallError::EntryType);
    ensure_error!(guest.call("__aingle_guest_allocate", b""), CallError::NoEntry);
    ensure!(guest.call("count", b"")?.is(&[1]));
    Ok(())
}

pub fn an_entry_of_another_guest_is_looked_up_anew<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut first = Subject::load(engine.clone(), wasm!("ours"))?;
    let mut second = Subject::load(engine, wasm!("predecessor"))?;
    let mut entry = first.0.entry("echo")?;
    for _ in 0..2 {
        first.0.call(&mut entry, b"x", PLENTY, |_| ())?;
        second.0.call(&mut entry, b"x", PLENTY, |_| ())?;
    }
    Ok(())
}

pub fn the_state_comes_back<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("ours"))?;
    guest.call("ask", b"one")?;
    guest.call("ask", b"two")?;
    ensure!(guest.0.unload().is_some_and(|probe| probe.calls == 2));
    Ok(())
}
