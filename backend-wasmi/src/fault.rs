//! Maps wasmi's errors to the few codes of core, by kind: their texts would cost a chip 65 KB of flash.

use aingle_wasm_core::error::{Abstain, Error, ModuleError, Trap};
use wasmi::{
    TrapCode,
    errors::{ErrorKind, InstantiationError},
};

/// Why a module was not loaded that the check let pass.
pub(crate) fn load(error: &wasmi::Error) -> Error {
    match error.kind() {
        // wasmi does not say which: what else its translator has a bound for, the check bounds below that.
        ErrorKind::Translation(_) => Abstain::Memory.into(),
        // It is valid, and wasmi cannot translate it.
        ErrorKind::Ir(_) => Abstain::Engine.into(),
        _ => ModuleError::Invalid.into(),
    }
}

/// Why a module was not started.
pub(crate) fn start(error: &wasmi::Error) -> Error {
    match error.kind() {
        // The check has bounded what can be declared: what cannot be had is lacking here.
        ErrorKind::Instantiation(
            InstantiationError::FailedToInstantiateMemory(_)
            | InstantiationError::FailedToInstantiateTable(_),
        ) => Abstain::Memory.into(),
        // Data or elements that do not fit.
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

/// Leaves a host call, to come back: no error has the number 0.
pub(crate) fn pause() -> wasmi::Error {
    wasmi::Error::i32_exit(0)
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
        TrapCode::OutOfSystemMemory | TrapCode::GrowthOperationLimited => return Abstain::Memory.into(),
    })
}
