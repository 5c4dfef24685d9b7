//! A guest that ends in every way that there is.

use aingle_wasm_backend_wasmer::Engine;
use aingle_wasm_core::{
    engine::Limits,
    guest::Guest,
    host::{Cost, Import},
};

pub fn load(engine: &Engine) -> Guest<Engine, ()> {
    Guest::load(engine.clone(), &wasm(), Limits::SERVER, imports(), ()).unwrap()
}

pub fn imports() -> Vec<Import<()>> {
    vec![Import::new("panic", 0, Cost::STANDARD, |_, _, _| panic!("as it was asked to"))]
}

pub fn wasm() -> Vec<u8> {
    wat::parse_str(include_str!("endings.wat")).unwrap()
}
