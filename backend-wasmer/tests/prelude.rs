//! The predecessor's names.

use aingle_wasm_backend_wasmer::prelude::*;

const MY_MODULE: &[u8] = include_bytes!("../docs/my_module.wasm");

#[test]
fn the_module_of_the_quick_start_is_its_text() {
    let assembled = wat::parse_str(include_str!("../docs/my_module.wat")).unwrap();
    assert!(assembled == MY_MODULE, "assemble docs/my_module.wat again");
}

#[test]
fn call_raw_gives_the_reply() {
    let engine = WasmEngine::new(EngineConfig::default()).unwrap();
    let module = engine.compile_cached(b"my_module", MY_MODULE).unwrap();
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    assert_eq!(instance.call_raw("my_function", b"input data").unwrap(), b"input data");
    assert_eq!(instance.call_raw("my_function", &[7; 60_000]).unwrap(), [7; 60_000]);
    let missing = instance.call_raw("nothing", b"").unwrap_err();
    assert_eq!(missing.to_string(), r#"the guest has no entry "nothing""#);
}

#[test]
fn metering_limit_is_the_fuel_of_a_call() {
    let text = r#"(module (memory (export "memory") 1)
        (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 1024))
        (func (export "spin") (param i32 i32) (result i64) (local i32)
            (loop (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 1000))))
            (i64.const 0)))"#;
    let spin = |metering_limit| {
        let engine = WasmEngine::new(EngineConfig { metering_limit, ..Default::default() })?;
        let module = engine.compile(&wat::parse_str(text).unwrap())?;
        let mut instance = WasmInstance::new(&engine, &module)?;
        let replied = instance.call_raw("spin", b"").map(drop);
        // A call that used up its fuel leaves the next one its own.
        assert_eq!(instance.call_raw("spin", b"").is_ok(), replied.is_ok());
        replied.map(|()| instance.fuel_used())
    };
    let used = spin(1_000_000).unwrap();
    assert_eq!(spin(used).unwrap(), used);
    assert!(matches!(spin(used - 1), Err(HostError::MeteringExceeded)));
}

#[test]
fn a_guests_error_keeps_its_bytes() {
    let text = r#"(module (memory (export "memory") 1)
        (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 1024))
        (func (export "refuse") (param i32 i32) (result i64)
            (i64.or (i64.const 0x8000000000000000) (i64.or
                (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))))"#;
    let engine = WasmEngine::new(EngineConfig::default()).unwrap();
    let module = engine.compile(&wat::parse_str(text).unwrap()).unwrap();
    let refused = WasmInstance::new(&engine, &module).unwrap().call_raw("refuse", b"no\xff").unwrap_err();
    assert_eq!(refused.to_string(), r"the guest answered with an error: no\xff");
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let config = EngineConfig { call_depth: 1000, ..Default::default() };
    let error = HostError::from(WasmEngine::new(config).unwrap_err());
    assert_eq!(error.to_string(), "call_depth is 1000 frames; the specification of fuel allows 256");
}
