//! The part of WebAssembly that guests may use.

use wasmparser::{
    FuncValidatorAllocations, Operator, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

use crate::{Error, for_each_operator};

/// Refuses what is malformed, invalid, or outside of [`FEATURES`].
pub(crate) fn validate(wasm: &[u8]) -> Result<(), Error> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut allocations = FuncValidatorAllocations::default();
    for payload in parser.parse_all(wasm) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            let index = function.index;
            let mut function = function.into_validator(allocations);
            function.validate(&body).map_err(|error| Error::from(error).in_function(index))?;
            allocations = function.into_allocations();
        }
    }
    Ok(())
}

/// Whether a module computes with floats, whose NaNs have more bit patterns than one.
///
/// # Errors
///
/// [`Reason::Invalid`](crate::Reason::Invalid) when its code is malformed.
pub fn has_floats(wasm: &[u8]) -> Result<bool, Error> {
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CodeSectionEntry(body) = payload? else { continue };
        for operator in body.get_operators_reader()? {
            if is_float(&operator?) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_float(operator: &Operator<'_>) -> bool {
    macro_rules! name {
        ($($opcode:literal $variant:ident $name:ident)*) => {
            match operator {
                $(Operator::$variant { .. } => stringify!($name),)*
                _ => "",
            }
        };
    }
    let name = for_each_operator!(name);
    name.contains("f32") || name.contains("f64")
}

/// WebAssembly 1.0 with floats, and what today's compilers emit for a bare target.
///
/// Reference types are on for the padded table index that they write into `call_indirect`.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_that_are_not_offered_are_refused() {
        let refused = [
            ("simd", "(func (drop (v128.const i64x2 0 0)))"),
            ("threads", "(memory 1 1 shared)"),
            ("tail call", "(func $f (return_call $f))"),
            ("memory64", "(memory i64 1)"),
            ("several memories", "(memory 1) (memory 1)"),
            ("exceptions", "(tag)"),
            ("gc", "(type (struct))"),
            ("extended constants", "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        ];
        for (name, fields) in refused {
            let wasm = wat::parse_str(format!("(module {fields})")).unwrap();
            assert!(validate(&wasm).is_err(), "{name} passed");
        }
    }

    #[test]
    fn floats_are_seen_wherever_they_are() {
        let has = |fields: &str| {
            has_floats(&wat::parse_str(format!("(module (memory 1) (func {fields}))")).unwrap()).unwrap()
        };
        assert!(!has("(drop (i64.add (i64.const 1) (i64.const 2)))"));
        assert!(has("(drop (i64.reinterpret_f64 (f64.reinterpret_i64 (i64.const 1))))"));
        assert!(has("(f32.store (i32.const 0) (f32.load (i32.const 4)))"));
        assert!(has("(drop (i32.trunc_sat_f64_s (f64.const 1)))"));
    }

    #[test]
    fn a_padded_table_index_passes() {
        let wasm = wat::parse_str(
            "(module (type (func)) (table 1 funcref) (func (call_indirect (type 0) (i32.const 0))))",
        )
        .unwrap();
        let at = wasm.windows(3).rposition(|bytes| bytes == [0x11, 0, 0]).unwrap();
        let body = at - 4;
        let mut padded = wasm.clone();
        padded.splice(at + 2..at + 3, [0x80, 0x80, 0x80, 0x80, 0]);
        // Sizes of the code section and of its only body.
        padded[body - 2] += 4;
        padded[body] += 4;
        validate(&padded).unwrap();
    }

    #[test]
    fn an_error_names_the_function_counted_with_imports() {
        let wasm =
            wat::parse_str(r#"(module (import "env" "f" (func)) (func) (func (result i32) (i64.const 0)))"#)
                .unwrap();
        assert_eq!(validate(&wasm).unwrap_err().function, Some(2));
    }

    #[test]
    fn a_truncated_module_is_refused() {
        let wasm = wat::parse_str("(module (func (nop)))").unwrap();
        for len in 0..wasm.len() {
            // A module that ends after a section is a valid one.
            if let Err(error) = validate(&wasm[..len]) {
                assert!(error.offset <= len as u64);
            }
        }
        assert!(validate(&wasm[..wasm.len() - 1]).is_err());
        assert!(validate(b"").is_err());
    }
}
