//! waPC on wasmtime: the host keeps the instance, the operation is named in each call.

use anyhow::Result;
use wapc::WapcHost;
use wasmtime_provider::WasmtimeEngineProviderBuilder;

use super::Contestant;

pub struct Echo(WapcHost);

impl Echo {
    pub fn load() -> Result<Self> {
        let wasm = include_bytes!(concat!(env!("GUESTS"), "/echo_wapc.wasm"));
        let provider = WasmtimeEngineProviderBuilder::new().module_bytes(wasm).build()?;
        Ok(Self(WapcHost::new(Box::new(provider), None)?))
    }
}

impl Contestant for Echo {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        reply(&self.0.call("echo", request).expect("it returns"));
    }
}
