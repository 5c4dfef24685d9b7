//! Maps wasmer's errors to the few codes of core.

use aingle_wasm_core::error::{Abstain, Error, ModuleError, Trap};
use wasmer::{InstantiationError, LinkError, RuntimeError};
use wasmer_types::TrapCode;

/// Why a module was not started.
pub(crate) fn start(error: &InstantiationError) -> Error {
    match error {
        // Data or elements that do not fit: the module has no start function.
        InstantiationError::Link(LinkError::Trap(_)) | InstantiationError::Start(_) => {
            ModuleError::Invalid.into()
        }
        InstantiationError::Link(LinkError::Resource(_)) => Abstain::Memory.into(),
        _ => Abstain::Engine.into(),
    }
}

/// Why a run did not end by itself; `exhausted` says that the meter stopped it.
pub(crate) fn run(error: RuntimeError, exhausted: bool) -> Error {
    if let Some(error) = error.downcast_ref::<Error>() {
        return *error;
    }
    match error.to_trap() {
        Some(code) => trap(code, exhausted),
        None => Abstain::Engine.into(),
    }
}

fn trap(code: TrapCode, exhausted: bool) -> Error {
    Error::Trap(match code {
        // The meter stops a guest by an `unreachable` of its own.
        TrapCode::UnreachableCodeReached if exhausted => Trap::OutOfFuel,
        TrapCode::UnreachableCodeReached => Trap::Unreachable,
        TrapCode::StackOverflow => Trap::StackOverflow,
        TrapCode::HeapAccessOutOfBounds | TrapCode::HeapMisaligned => Trap::MemoryOutOfBounds,
        TrapCode::TableAccessOutOfBounds => Trap::TableOutOfBounds,
        TrapCode::IndirectCallToNull => Trap::IndirectCallToNull,
        TrapCode::BadSignature => Trap::BadSignature,
        TrapCode::IntegerOverflow => Trap::IntegerOverflow,
        TrapCode::IntegerDivisionByZero => Trap::IntegerDivisionByZero,
        TrapCode::BadConversionToInteger => Trap::BadConversionToInteger,
        // Of features that guests may not use.
        _ => return Abstain::Engine.into(),
    })
}
