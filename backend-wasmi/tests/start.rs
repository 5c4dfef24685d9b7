//! Functions that run before any call: here they would have no fuel.

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{engine::Limits, error::Error, guest::Guest};
use aingle_wasm_fuel::{Profile, Rule, spec::Spec};

#[test]
fn fault_23_a_start_function_is_refused_in_any_profile() {
    let wasm = wat::parse_str("(module (func $start) (start $start))").unwrap();
    for profile in [&Profile::DEVICE, &Profile::SERVER] {
        let refused = Guest::load(Engine::new(&Spec::V1, profile), &wasm, Limits::SERVER, &[], ()).err();
        assert_eq!(refused, Some(Error::Rule(Rule::Start.code())));
    }
}
