//! wasmi as the backend sets it up, with its fuel and without.

extern crate alloc;

use alloc::vec::Vec;

use aingle_wasm_backend_wasmi::config;
use aingle_wasm_fuel::spec::Spec;
use wasmi::{Engine, Error, Extern, ExternType, Func, Instance, Module, Store};

/// An engine for one guest.
pub fn new(metered: bool) -> Engine {
    let mut config = config(&Spec::V1);
    config.consume_fuel(metered);
    Engine::new(&config)
}

/// Starts a guest whose host functions do nothing.
///
/// # Errors
/// It imports something else, or wasmi does not start it.
pub fn start(module: &Module) -> Result<(Store<()>, Instance), Error> {
    let mut store = Store::new(module.engine(), ());
    let mut externs = Vec::new();
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { return Err(Error::new("no function")) };
        externs.push(Extern::Func(Func::new(&mut store, ty.clone(), |_, _, _| Ok(()))));
    }
    let instance = Instance::new(&mut store, module, &externs)?;
    Ok((store, instance))
}
