//! AIngle WASM as users call it: exact fuel, every check on.

use aingle_wasm_backend_wasmer::Engine;
use aingle_wasm_core::{
    engine::Limits,
    guest::{Entry, FunctionOf, Guest},
};
use anyhow::{Context, Result};

use super::{Contestant, Reply};

pub struct Fuelled {
    guest: Guest<Engine, ()>,
    entry: Entry<'static, FunctionOf<Engine, ()>>,
    reply: Reply,
}

impl Fuelled {
    pub fn load(wat: &str, reply: Reply) -> Result<Self> {
        let wasm = wat::parse_str(wat)?;
        let guest = Guest::load(Engine::default(), &wasm, Limits::SERVER, &[], ());
        let mut guest = guest.context("AIngle WASM refuses the guest")?;
        let entry = guest.entry("echo").context("AIngle WASM finds no entry")?;
        Ok(Self { guest, entry, reply })
    }
}

impl Contestant for Fuelled {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        let Self { guest, entry, reply: how } = self;
        let done = guest.call(entry, request, FUEL, |bytes| how.give(bytes.expect("no error"), reply));
        done.expect("it returns");
    }
}

const FUEL: u64 = 1000;
