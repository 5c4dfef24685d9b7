//! Modules that never start.

use aingle_wasm_core::{
    engine::{Engine, Limits, Value},
    error::{Abstain, Error, ModuleError},
    guest::Guest,
};
use aingle_wasm_fuel::Rule;

use crate::{Failure, IMPORTS, LIMITS, Probe, probe::Subject};

pub fn fault_21_what_is_no_module<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let sound = wasm!("numbers");
    ensure_error!(load(&engine, b""), rule(Rule::Malformed));
    ensure_error!(load(&engine, b"not a module at all"), rule(Rule::Malformed));
    ensure_error!(load(&engine, &sound[..sound.len() - 1]), rule(Rule::Malformed));
    ensure_error!(load(&engine, wasm!("refused/ill_typed")), ModuleError::Invalid);
    Ok(load(&engine, sound)?)
}

pub fn fault_21_lengths_that_lie<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    for (sections, broken) in [
        // A section of four gigabytes, one that ends before its entries, one that ends after them.
        (&b"\x01\xff\xff\xff\xff\x0f"[..], Rule::Malformed),
        (b"\x01\x03\x01\x60\0\0", Rule::Malformed),
        (b"\x01\x05\x01\x60\0\0\0", Rule::Malformed),
        // Four billion entries, a name of four gigabytes.
        (b"\x03\x05\xff\xff\xff\xff\x0f", Rule::Functions),
        (b"\x07\x06\x01\xff\xff\xff\xff\x0f", Rule::Malformed),
        // A body that ends before its operators do, and one that goes on after them.
        (b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\x41\0", Rule::Malformed),
        (b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\x0b\x0b", Rule::Malformed),
        // A section of an unknown kind.
        (b"\x63\x00", Rule::Unknown),
    ] {
        ensure_error!(load(&engine, &module(sections)?), rule(broken));
    }
    // A custom section shorter than its name.
    ensure_error!(load(&engine, &module(b"\0\x02\x05a")?), ModuleError::Invalid);
    Ok(load(&engine, wasm!("numbers"))?)
}

pub fn fault_21_overlong_numbers<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    for sections in [
        // The length of a section, a count, the operand of an operator, and a number beyond its type.
        &b"\x01\x80\x80\x80\x80\x80\x80\x00"[..],
        b"\x01\x09\x81\x80\x80\x80\x80\0\x60\0\0",
        b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0c\x01\x0a\0\x41\x80\x80\x80\x80\x80\0\x1a\x0b",
        b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0b\x01\x09\0\x41\xff\xff\xff\xff\x4f\x1a\x0b",
    ] {
        ensure_error!(load(&engine, &module(sections)?), rule(Rule::Number));
    }
    // Padded within the length of its type, a number is sound: linkers write them so.
    Ok(load(&engine, &module(b"\x01\x08\x81\x80\x80\x80\0\x60\0\0")?)?)
}

pub fn fault_21_a_flood_of_custom_sections_is_skipped<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    let mut flood = heapless::Vec::<u8, 2048>::new();
    ensure!(flood.extend_from_slice(wasm!("numbers")).is_ok());
    while flood.extend_from_slice(b"\0\x01\0").is_ok() {}
    let mut guest = Subject::load(engine, &flood)?;
    ensure!(guest.invoke("extend", &[Value::I32(0x80)])?[..] == [Value::I32(-128_i32 as u32)]);
    Ok(())
}

/// Names are for people: no engine looks whether they are sound.
pub fn fault_21_names_that_are_not_sound_are_skipped<E: Engine<Probe> + Clone>(
    engine: E,
) -> Result<(), Failure> {
    for wasm in [&wasm!("numbers")[..], wasm!("traps"), wasm!("unbounded")] {
        let mut named = heapless::Vec::<u8, 2048>::new();
        ensure!(named.extend_from_slice(wasm).is_ok());
        ensure!(named.extend_from_slice(b"\0\x0a\x04name\x00\x03\x02\xff\xff").is_ok());
        load(&engine, &named)?;
    }
    Ok(())
}

pub fn fault_22_what_is_too_large<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let wasm = wasm!("numbers");
    let limits = |module| Limits { module, ..LIMITS };
    let len = wasm.len() as u32;
    ensure_error!(load_within(&engine, wasm, limits(len - 1)), Abstain::Module);
    load_within(&engine, wasm, limits(len))?;
    ensure_error!(load(&engine, wasm!("refused/large_memory")), Abstain::Memory);
    ensure_error!(load(&engine, wasm!("refused/large_small_memory")), Abstain::Memory);
    // It is wrong before it is too large.
    ensure_error!(load(&engine, wasm!("refused/large_reversed_memory")), ModuleError::Invalid);
    ensure_error!(load(&engine, wasm!("refused/large_table")), rule(Rule::TableSize));
    ensure_error!(load(&engine, wasm!("refused/two_tables")), rule(Rule::Tables));
    Ok(())
}

pub fn fault_22_giant_counts<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let roomy = Limits { module: 1 << 20, ..LIMITS };
    let giants: [(&[u8], Rule); 4] = [
        (wasm!("refused/many_functions"), Rule::Functions),
        (wasm!("refused/many_targets"), Rule::Targets),
        (wasm!("refused/many_blocks"), Rule::Nesting),
        // 2^32 - 1 locals, in a body of eight bytes.
        (
            &module(b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b")?,
            Rule::Locals,
        ),
    ];
    for (wasm, broken) in giants {
        ensure_error!(load_within(&engine, wasm, roomy), rule(broken));
        load(&engine, wasm!("numbers"))?;
    }
    Ok(())
}

pub fn fault_23_a_start_function<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    ensure_error!(load(&engine, wasm!("refused/start")), rule(Rule::Start));
    Ok(())
}

pub fn fault_24_an_import_that_is_not_granted<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    ensure_error!(load(&engine, wasm!("refused/import_unknown")), Error::Import(1));
    ensure_error!(load(&engine, wasm!("refused/import_type")), Error::Import(0));
    ensure_error!(load(&engine, wasm!("refused/import_elsewhere")), Error::Import(0));
    ensure_error!(load(&engine, wasm!("refused/import_memory")), Error::Import(0));
    ensure_error!(load(&engine, wasm!("refused/import_global")), Error::Import(0));
    Ok(())
}

pub fn fault_27_many_parameters_or_results<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    ensure_error!(load(&engine, wasm!("refused/many_parameters")), rule(Rule::Parameters));
    ensure_error!(load(&engine, wasm!("refused/many_results")), rule(Rule::Results));
    Ok(load(&engine, wasm!("numbers"))?)
}

pub fn segments_that_do_not_fit<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    ensure_error!(load(&engine, wasm!("refused/data_outside")), ModuleError::Invalid);
    ensure_error!(load(&engine, wasm!("refused/elements_outside")), ModuleError::Invalid);
    Ok(())
}

pub fn features_outside_the_set<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let refused: [(&[u8], Rule); 9] = [
        (wasm!("refused/simd"), Rule::Simd),
        (wasm!("refused/threads"), Rule::Threads),
        (wasm!("refused/tail_call"), Rule::TailCalls),
        (wasm!("refused/memory64"), Rule::Memory64),
        (wasm!("refused/two_memories"), Rule::Memories),
        (wasm!("refused/exceptions"), Rule::Exceptions),
        (wasm!("refused/import_tag"), Rule::Exceptions),
        (wasm!("refused/gc"), Rule::Gc),
        (wasm!("refused/extended_constants"), Rule::ExtendedConst),
    ];
    for (wasm, broken) in refused {
        ensure_error!(load(&engine, wasm), rule(broken));
    }
    Ok(())
}

fn rule(rule: Rule) -> Error {
    Error::Rule(rule.code())
}

/// A module of these sections.
fn module(sections: &[u8]) -> Result<heapless::Vec<u8, 64>, Failure> {
    let mut module = heapless::Vec::new();
    ensure!(module.extend_from_slice(b"\0asm\x01\0\0\0").is_ok());
    ensure!(module.extend_from_slice(sections).is_ok());
    Ok(module)
}

fn load<E: Engine<Probe> + Clone>(engine: &E, wasm: &[u8]) -> Result<(), Error> {
    load_within(engine, wasm, LIMITS)
}

fn load_within<E: Engine<Probe> + Clone>(engine: &E, wasm: &[u8], limits: Limits) -> Result<(), Error> {
    Guest::load(engine.clone(), wasm, limits, IMPORTS, Probe::default()).map(|_| ())
}
