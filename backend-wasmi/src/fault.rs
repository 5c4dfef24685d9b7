//! Maps wasmi's errors to the few codes of core, by kind: their texts would cost a chip 65 KB of flash.

use aingle_wasm_core::error::{Abstain, Error, ModuleError, Trap};
use wasmi::{
    TrapCode,
    errors::{ErrorKind, InstantiationError, MemoryError, TableError},
};

/// Why `wasm` was not loaded.
pub(crate) fn load(error: &wasmi::Error, wasm: &[u8]) -> Error {
    match error.kind() {
        // The module is valid, but it has a start function, or wasmi cannot translate it.
        ErrorKind::Translation(_) if has_start(wasm) => ModuleError::Start.into(),
        ErrorKind::Translation(_) | ErrorKind::Ir(_) => Abstain::Engine.into(),
        _ => ModuleError::Invalid.into(),
    }
}

/// Why a module was not started.
pub(crate) fn start(error: &wasmi::Error) -> Error {
    match error.kind() {
        ErrorKind::Instantiation(error) => match error {
            InstantiationError::FailedToInstantiateMemory(MemoryError::OutOfSystemMemory)
            | InstantiationError::FailedToInstantiateTable(TableError::OutOfSystemMemory) => {
                Abstain::Memory.into()
            }
            InstantiationError::FailedToInstantiateMemory(_) | InstantiationError::TooManyMemories => {
                ModuleError::Memory.into()
            }
            InstantiationError::FailedToInstantiateTable(_) | InstantiationError::TooManyTables => {
                ModuleError::Table.into()
            }
            InstantiationError::UnexpectedStartFn { .. } => ModuleError::Start.into(),
            _ => ModuleError::Invalid.into(),
        },
        _ => ModuleError::Invalid.into(),
    }
}

/// Why a run did not end by itself.
pub(crate) fn run(error: &wasmi::Error) -> Error {
    if let Some(status) = error.i32_exit_status() {
        return from_exit(status);
    }
    match error.as_trap_code() {
        Some(code) => trap(code),
        None => Abstain::Engine.into(),
    }
}

/// Carries `error` through wasmi out of a host call: as a number, which needs no text of its own.
pub(crate) fn to_wasmi(error: Error) -> wasmi::Error {
    wasmi::Error::i32_exit(i32::from(error.code()) | i32::from(error.detail()) << 8)
}

fn from_exit(status: i32) -> Error {
    Error::from_code(status as u8, (status >> 8) as u16).unwrap_or(Error::Abstain(Abstain::Engine))
}

fn trap(code: TrapCode) -> Error {
    Error::Trap(match code {
        TrapCode::UnreachableCodeReached => Trap::Unreachable,
        TrapCode::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => Trap::TableOutOfBounds,
        TrapCode::IndirectCallToNull => Trap::IndirectCallToNull,
        TrapCode::IntegerDivisionByZero => Trap::IntegerDivisionByZero,
        TrapCode::IntegerOverflow => Trap::IntegerOverflow,
        TrapCode::BadConversionToInteger => Trap::BadConversionToInteger,
        TrapCode::StackOverflow => Trap::StackOverflow,
        TrapCode::BadSignature => Trap::BadSignature,
        TrapCode::OutOfFuel => Trap::OutOfFuel,
        TrapCode::OutOfSystemMemory => return Abstain::Memory.into(),
        // The limiter makes a growth fail with -1, so it is never told to trap.
        TrapCode::GrowthOperationLimited => return Abstain::Engine.into(),
    })
}

/// Whether a module that parsed has a start section.
fn has_start(wasm: &[u8]) -> bool {
    let mut rest = wasm.get(8..).unwrap_or_default();
    while let [id, tail @ ..] = rest {
        if *id == START {
            return true;
        }
        let Some((len, tail)) = leb128(tail) else { return false };
        rest = tail.get(len..).unwrap_or_default();
    }
    false
}

fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// Number of the start section.
const START: u8 = 8;
