//! The server profile: a start function runs before the first call, under fuel.

use aingle_wasm_backend_wasmer::{Engine, EngineConfig};
use aingle_wasm_core::{
    engine::{Limits, Value},
    error::{Error, Trap},
    guest::Guest,
};
use aingle_wasm_fuel::{Profile, Rule};

fn load(engine: Engine, start: &str) -> Result<Guest<Engine, ()>, Error> {
    let text = format!(
        r#"(module
            (global $seen (mut i32) (i32.const 1))
            (func $start {start})
            (start $start)
            (func (export "seen") (result i32) (global.get $seen)))"#
    );
    Guest::load(engine, &wat::parse_str(text).unwrap(), Limits::SERVER, &[], ())
}

fn server() -> Engine {
    Engine::new(EngineConfig { profile: &Profile::SERVER, ..EngineConfig::default() }).unwrap()
}

#[test]
fn a_start_function_runs_before_the_first_call() {
    let mut guest = load(server(), "(global.set $seen (i32.const 2))").unwrap();
    assert_eq!(guest.invoke("seen", &[], 100).unwrap()[..], [Value::I32(2)]);
}

#[test]
fn fault_23_a_start_function_that_loops_ends() {
    assert_eq!(load(server(), "(loop (br 0))").err(), Some(Trap::OutOfFuel.into()));
}

#[test]
fn fault_23_a_device_takes_none() {
    assert_eq!(load(Engine::default(), "").err(), Some(Error::Rule(Rule::Start.code())));
}
