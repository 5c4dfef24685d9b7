//! holochain-wasmer, on a wasmer without meter: bytes in MessagePack's own form for them.

use std::sync::Arc;

use anyhow::Result;
use holochain_wasmer_host::guest;
use serde_bytes::{ByteBuf, Bytes};
use wasmer::{AsStoreMut, Instance, Module, Store, imports, sys::Cranelift};

use super::Contestant;

pub struct Echo {
    store: Store,
    instance: Arc<Instance>,
}

impl Echo {
    pub fn load() -> Result<Self> {
        let wasm = include_bytes!(concat!(env!("GUESTS"), "/echo_holochain.wasm"));
        let mut store = Store::new(Cranelift::default());
        let module = Module::new(&store, wasm)?;
        let instance = Arc::new(Instance::new(&mut store, &module, &imports! {})?);
        Ok(Self { store, instance })
    }
}

impl Contestant for Echo {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        let instance = self.instance.clone();
        let answer = guest::call(&mut self.store.as_store_mut(), instance, "echo", Bytes::new(request));
        let bytes: ByteBuf = answer.expect("it returns");
        reply(&bytes);
    }
}
