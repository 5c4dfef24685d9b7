//! Every knob of the configuration does what it says.

use aingle_wasm_backend_wasmer::{Compiler, ConfigError, Engine, EngineConfig};
use aingle_wasm_core::{
    engine::{Limits, Value, Values},
    error::{Abstain, Error, Trap},
    guest::Guest,
};

fn load(config: EngineConfig, text: &str) -> Result<Guest<Engine, ()>, Error> {
    let engine = Engine::new(config).unwrap();
    Guest::load(engine, &wat::parse_str(text).unwrap(), Limits::SERVER, &[], ())
}

fn invoke(config: EngineConfig, text: &str, export: &str, arguments: &[Value]) -> Result<Values, Error> {
    load(config, text)?.invoke(export, arguments, FUEL)
}

#[test]
fn a_nan_has_the_bits_that_the_configuration_asks_for() {
    const PROGRAM: &str = r#"(module (func (export "divide") (param f64 f64) (result i64)
        (i64.reinterpret_f64 (f64.div (local.get 0) (local.get 1)))))"#;
    const CANONICAL: u64 = 0x7ff8_0000_0000_0000;
    const MARKED: u64 = CANONICAL | 1;
    for compiler in Compiler::there() {
        let bits = |canonicalize_nans| {
            let config = EngineConfig { compiler, canonicalize_nans, ..EngineConfig::default() };
            let arguments = [Value::F64(MARKED), Value::F64(1f64.to_bits())];
            invoke(config, PROGRAM, "divide", &arguments).unwrap()
        };
        assert_eq!(bits(true)[..], [Value::I64(CANONICAL)], "{compiler}");
        // These keep the bits of the operand.
        if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            assert_eq!(bits(false)[..], [Value::I64(MARKED)], "{compiler}");
        }
    }
}

#[test]
fn calls_nest_as_deep_as_the_configuration_says() {
    const PROGRAM: &str = r#"(module (func $down (export "down") (param i32)
        (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let down = |call_depth, times| {
        let config = EngineConfig { call_depth, ..EngineConfig::default() };
        invoke(config, PROGRAM, "down", &[Value::I32(times)]).map(drop)
    };
    let most = EngineConfig::default().call_depth;
    for call_depth in [1, 2, 17, most] {
        assert_eq!(down(call_depth, call_depth - 1), Ok(()), "{call_depth}");
        assert_eq!(down(call_depth, call_depth), Err(Trap::StackOverflow.into()), "{call_depth}");
    }
    let config = EngineConfig { call_depth: most + 1, ..EngineConfig::default() };
    assert!(matches!(Engine::new(config), Err(ConfigError::CallDepth { .. })));
}

#[test]
fn no_memory_goes_beyond_its_limit() {
    const PROGRAM: &str = r#"(module (memory 2)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let grow = |memory_limit, pages| {
        let config = EngineConfig { memory_limit, ..EngineConfig::default() };
        invoke(config, PROGRAM, "grow", &[Value::I32(pages)])
    };
    assert_eq!(grow(1 << 16, 0), Err(Abstain::Memory.into()));
    assert_eq!(grow(2 << 16, 0).unwrap()[..], [Value::I32(2)]);
    assert_eq!(grow(2 << 16, 1), Err(Abstain::Memory.into()));
    assert_eq!(grow(3 << 16, 1).unwrap()[..], [Value::I32(2)]);
}

#[test]
fn a_compiler_that_is_not_there_is_named_with_its_feature() {
    for compiler in [Compiler::Cranelift, Compiler::Llvm] {
        let engine = Engine::new(EngineConfig { compiler, ..EngineConfig::default() });
        match compiler.is_there() {
            true => assert!(engine.is_ok()),
            false => assert!(engine.unwrap_err().to_string().contains(compiler.feature())),
        }
    }
}

/// More than any of the programs takes.
const FUEL: u64 = 1_000_000;
