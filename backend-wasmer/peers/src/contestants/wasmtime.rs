//! wasmtime, used by hand: one entry, one copy in, the reply borrowed.

use anyhow::{Context, Result};
use wasmtime::{Engine, Instance, Memory, Module, Store, TypedFunc};

use super::{Contestant, HEADER, INBOX};

pub struct ByHand {
    store: Store<()>,
    memory: Memory,
    entry: TypedFunc<(u32, u32), u64>,
}

impl ByHand {
    pub fn load(wat: &str) -> Result<Self> {
        let engine = Engine::default();
        let module = Module::new(&engine, wat::parse_str(wat)?)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let memory = instance.get_memory(&mut store, "memory").context("no memory")?;
        let entry = instance.get_typed_func(&mut store, "echo")?;
        Ok(Self { store, memory, entry })
    }
}

impl Contestant for ByHand {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        let start = (INBOX + HEADER) as usize;
        self.memory.data_mut(&mut self.store)[start..][..request.len()].copy_from_slice(request);
        let len = HEADER as u32 + request.len() as u32;
        let packed = self.entry.call(&mut self.store, (INBOX as u32, len)).expect("it returns");
        let (start, len) = ((packed >> 32) as usize, packed as u32 as usize);
        reply(&self.memory.data(&self.store)[start..][..len]);
    }
}
