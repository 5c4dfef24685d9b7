//! Maps wasmer's errors to the few codes of core.

use aingle_wasm_core::error::{Abstain, Error, ModuleError, Trap};
use aingle_wasm_fuel::lower::Stop;
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

/// Why a run did not end by itself; `stop` says that the guest stopped itself, as its lowering has it.
pub(crate) fn run(error: RuntimeError, stop: Option<Stop>) -> Error {
    if let Some(error) = error.downcast_ref::<Error>() {
        return *error;
    }
    match error.to_trap() {
        Some(TrapCode::UnreachableCodeReached) => match stop {
            Some(Stop::OutOfFuel) => Trap::OutOfFuel.into(),
            Some(Stop::StackOverflow) => Trap::StackOverflow.into(),
            Some(Stop::MemoryOutOfBounds) => Trap::MemoryOutOfBounds.into(),
            Some(Stop::OutOfSystemMemory) => Abstain::Memory.into(),
            Some(_) => Abstain::Engine.into(),
            None => Trap::Unreachable.into(),
        },
        Some(code) => trap(code),
        None => Abstain::Engine.into(),
    }
}

fn trap(code: TrapCode) -> Error {
    Error::Trap(match code {
        // The frames that a guest may open fit on the stack; this machine's had less room.
        TrapCode::StackOverflow => return Abstain::Memory.into(),
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
