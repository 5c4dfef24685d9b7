//! wasmer, used by hand: one entry, one copy in, the reply borrowed or copied once.

use anyhow::Result;
use wasmer::{Instance, Memory, Module, Store, TypedFunction, WasmSlice, imports, sys::Cranelift};

use super::{Contestant, HEADER, INBOX, Reply};

pub struct ByHand {
    store: Store,
    memory: Memory,
    entry: TypedFunction<(u32, u32), u64>,
    reply: Reply,
}

impl ByHand {
    pub fn load(wat: &str, reply: Reply) -> Result<Self> {
        let mut store = Store::new(Cranelift::default());
        let module = Module::new(&store, wat::parse_str(wat)?)?;
        let instance = Instance::new(&mut store, &module, &imports! {})?;
        let memory = instance.exports.get_memory("memory")?.clone();
        let entry = instance.exports.get_typed_function(&store, "echo")?;
        Ok(Self { store, memory, entry, reply })
    }
}

impl Contestant for ByHand {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        let len = HEADER + request.len() as u64;
        {
            let view = self.memory.view(&self.store);
            let room = WasmSlice::new(&view, INBOX + HEADER, request.len() as u64).expect("it is in memory");
            room.access().expect("it is in memory").copy_from_slice(request);
        }
        let packed = self.entry.call(&mut self.store, INBOX as u32, len as u32).expect("it returns");
        let view = self.memory.view(&self.store);
        let bytes = WasmSlice::new(&view, packed >> 32, packed & 0xffff_ffff).expect("it is in memory");
        self.reply.give(bytes.access().expect("it is in memory").as_ref(), reply);
    }
}
