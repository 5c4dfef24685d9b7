//! Guests of the predecessor: envelopes both ways, an arena, and an allocator that may lie.

use aingle_wasm_core::{
    crc::Crc32,
    engine::{Engine, Value},
    error::{Fault, Trap},
};

use crate::{Failure, Probe, probe::Subject};

pub fn an_envelope_goes_in_and_comes_out<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure!(guest.call("echo", b"hello")?.is(b"hello"));
    ensure!(guest.call("echo", b"")?.is(b""));
    Ok(())
}

pub fn either_error_mark_is_an_error<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure!(guest.call("answer_error_bit", b"bit")?.is_error(b"bit"));
    ensure!(guest.call("answer_error_flag", b"flag")?.is_error(b"flag"));
    Ok(())
}

pub fn a_host_function_answers_in_an_envelope<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure!(guest.call("ask", b"anyone there?")?.is(b"anyone there?"));
    ensure!(guest.calls() == Some(1));
    Ok(())
}

pub fn the_arena_is_reset_between_calls<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    for _ in 0..20 {
        ensure!(guest.call("echo", &[3; 1000])?.is(&[3; 1000]));
    }
    Ok(())
}

pub fn fault_33_a_host_call_from_the_allocator_traps<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("ask_with_lie", &[REENTER]), Fault::Reentry);
    ensure!(guest.call("ask", b"again")?.is(b"again"));
    Ok(())
}

pub fn fault_34_an_allocator_without_room_is_no_crash<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("echo", &[1; 4000]), Fault::NoRoom);
    ensure_error!(guest.call("ask_with_lie", &[NONE]), Fault::NoRoom);
    guest.invoke("lie", &[Value::I32(NONE.into())])?;
    ensure_error!(guest.call("echo", b"x"), Fault::NoRoom);
    ensure!(guest.call("ask", b"again")?.is(b"again"));
    Ok(())
}

pub fn fault_34_an_allocator_outside_memory_traps<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("ask_with_lie", &[PAST_END]), Fault::Allocator);
    guest.invoke("lie", &[Value::I32(PAST_END.into())])?;
    ensure_error!(guest.call("echo", b"x"), Fault::Allocator);
    ensure!(guest.calls() == Some(0));
    Ok(())
}

pub fn fault_34_an_allocator_on_the_request_traps<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("ask_with_lie", &[OVERLAPPING]), Fault::Allocator);
    ensure!(guest.calls() == Some(0));
    Ok(())
}

pub fn fault_28_an_allocator_that_hangs_ends<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("ask_with_lie", &[HANG]), Trap::OutOfFuel);
    guest.invoke("lie", &[Value::I32(HANG.into())])?;
    ensure_error!(guest.call("echo", b"x"), Trap::OutOfFuel);
    ensure!(guest.call("ask", b"again")?.is(b"again"));
    Ok(())
}

pub fn fault_31_a_host_call_without_envelope_traps<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("ask_bare", b"a payload, no envelope"), Fault::RequestEnvelope);
    ensure!(guest.calls() == Some(0));
    Ok(())
}

pub fn fault_06_a_coded_host_call_traps<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    // An envelope of one byte, sound but for the flag of a stage that nobody undoes here.
    let mut envelope = [0x49, 0x41, 1, 0, 1, 0, 0, 0, 0x83, 0x16, 0xdc, 0x8c, b'x'];
    ensure!(guest.call("ask_bare", &envelope)?.is(b"x"));
    for flag in [1, 2] {
        envelope[3] = flag;
        ensure_error!(guest.call("ask_bare", &envelope), Fault::RequestEnvelope);
    }
    Ok(())
}

pub fn fault_32_a_request_is_read_once<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    // The allocator, which the host runs in the middle of the call, writes 7 where the payload was 6.
    ensure!(guest.call("ask_with_lie", &[CHANGE])?.is(&[7]));
    let mut digest = Crc32::new();
    digest.update(b"echo");
    digest.update(&[0x49, 0x41, 1, 0, 1, 0, 0, 0]);
    let mut payload = Crc32::new();
    payload.update(&[7]);
    digest.update(&payload.finish().to_le_bytes());
    digest.update(&[7]);
    ensure!(guest.0.host_calls() == (1, digest.finish()));
    Ok(())
}

pub fn fault_35_an_answer_without_envelope_traps<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("predecessor"))?;
    ensure_error!(guest.call("answer_bare", b"a payload, no envelope"), Fault::ReplyEnvelope);
    ensure_error!(guest.call("answer_flipped", b"checksum"), Fault::ReplyEnvelope);
    ensure!(guest.call("echo", b"again")?.is(b"again"));
    Ok(())
}

// How the guest's allocator lies.
const NONE: u8 = 1;
const PAST_END: u8 = 2;
const OVERLAPPING: u8 = 3;
const REENTER: u8 = 4;
const HANG: u8 = 5;
const CHANGE: u8 = 6;
