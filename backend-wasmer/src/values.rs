//! Numbers as wasmer has them.

use aingle_wasm_core::engine::{MAX_VALUES, Value, Values};
use wasmer::{FunctionType, Type};

/// The arguments, if an export of that type takes them, and its results can be given back.
pub(crate) fn arguments(ty: &FunctionType, values: &[Value]) -> Option<Vec<wasmer::Value>> {
    let arguments: Vec<_> = values.iter().copied().map(to_wasmer).collect();
    let fits = ty.params().iter().copied().eq(arguments.iter().map(wasmer::Value::ty))
        && arguments.len() <= MAX_VALUES
        && ty.results().len() <= MAX_VALUES
        && ty.results().iter().all(is_number);
    fits.then_some(arguments)
}

/// The results of an export that takes [`arguments`].
pub(crate) fn results(values: &[wasmer::Value]) -> Values {
    values.iter().filter_map(from_wasmer).collect()
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::I32 | Type::I64 | Type::F32 | Type::F64)
}

fn to_wasmer(value: Value) -> wasmer::Value {
    match value {
        Value::I32(bits) => wasmer::Value::I32(bits as i32),
        Value::I64(bits) => wasmer::Value::I64(bits as i64),
        Value::F32(bits) => wasmer::Value::F32(f32::from_bits(bits)),
        Value::F64(bits) => wasmer::Value::F64(f64::from_bits(bits)),
    }
}

fn from_wasmer(value: &wasmer::Value) -> Option<Value> {
    Some(match value {
        wasmer::Value::I32(value) => Value::I32(*value as u32),
        wasmer::Value::I64(value) => Value::I64(*value as u64),
        wasmer::Value::F32(value) => Value::F32(value.to_bits()),
        wasmer::Value::F64(value) => Value::F64(value.to_bits()),
        _ => return None,
    })
}
