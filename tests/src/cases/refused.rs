//! Modules that never start.

use aingle_wasm_core::{
    engine::{Engine, Limits},
    error::{Abstain, Error, ModuleError},
    guest::Guest,
};
use aingle_wasm_fuel::Rule;

use crate::{Failure, IMPORTS, LIMITS, Probe};

pub fn fault_21_what_is_no_module<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let sound = wasm!("numbers");
    ensure_error!(load(&engine, b""), rule(Rule::Malformed));
    ensure_error!(load(&engine, b"not a module at all"), rule(Rule::Malformed));
    ensure_error!(load(&engine, &sound[..sound.len() - 1]), rule(Rule::Malformed));
    // A section that claims four gigabytes, one whose length never ends, and one of an unknown kind.
    for (section, broken) in [
        (&b"\x01\xff\xff\xff\xff\x0f"[..], Rule::Malformed),
        (b"\x01\x80\x80\x80\x80\x80\x80\x00", Rule::Number),
        (b"\x63\x00", Rule::Unknown),
    ] {
        let mut module = heapless::Vec::<u8, 32>::new();
        for bytes in [b"\0asm\x01\0\0\0", section] {
            ensure!(module.extend_from_slice(bytes).is_ok());
        }
        ensure_error!(load(&engine, &module), rule(broken));
    }
    ensure_error!(load(&engine, wasm!("refused/ill_typed")), ModuleError::Invalid);
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
    ensure_error!(load(&engine, wasm!("refused/large_table")), rule(Rule::TableSize));
    ensure_error!(load(&engine, wasm!("refused/two_tables")), rule(Rule::Tables));
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

fn load<E: Engine<Probe> + Clone>(engine: &E, wasm: &[u8]) -> Result<(), Error> {
    load_within(engine, wasm, LIMITS)
}

fn load_within<E: Engine<Probe> + Clone>(engine: &E, wasm: &[u8], limits: Limits) -> Result<(), Error> {
    Guest::load(engine.clone(), wasm, limits, IMPORTS, Probe::default()).map(|_| ())
}
