//! Extism: the plugin is kept, without WASI, and the reply borrowed.

use anyhow::Result;
use extism::{Manifest, Plugin, Wasm};

use super::Contestant;

pub struct Echo(Plugin);

impl Echo {
    pub fn load() -> Result<Self> {
        let wasm = include_bytes!(concat!(env!("GUESTS"), "/echo_extism.wasm"));
        Ok(Self(Plugin::new(Manifest::new([Wasm::data(wasm.as_slice())]), [], false)?))
    }
}

impl Contestant for Echo {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        reply(self.0.call("echo", request).expect("it returns"));
    }
}
