//! An echo through holochain-wasmer, on a wasmer without meter, with bytes in MessagePack's own form for them.
//!
//! Takes the guest's file as its argument; then, as often as it is asked, reads `calls: u32, len: u32, request`,
//! and writes `nanoseconds: u64, len: u32, last reply`, little-endian.

use std::{
    env, fs,
    hint::black_box,
    io::{self, Read, Write},
    sync::Arc,
};

use anyhow::{Context, Result};
use cpu_time::ThreadTime;
use holochain_wasmer_host::guest;
use serde_bytes::{ByteBuf, Bytes};
use wasmer::{AsStoreMut, Instance, Module, RuntimeError, Store, imports, sys::Cranelift};

fn main() -> Result<()> {
    let mut echo = Echo::load(&fs::read(env::args_os().nth(1).context("no guest is named")?)?)?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Some((calls, request)) = ask(&mut input)? {
        let mut reply = ByteBuf::new();
        let start = ThreadTime::now();
        for _ in 0..calls {
            reply = black_box(echo.call(black_box(&request))?);
        }
        let ns = start.elapsed().as_nanos() as u64;
        output.write_all(&ns.to_le_bytes())?;
        output.write_all(&(reply.len() as u32).to_le_bytes())?;
        output.write_all(&reply)?;
        output.flush()?;
    }
    Ok(())
}

/// How often to send what; none when nothing more is asked.
fn ask(input: &mut impl Read) -> io::Result<Option<(u32, Vec<u8>)>> {
    let (mut calls, mut len) = ([0; 4], [0; 4]);
    if input.read(&mut calls[..1])? == 0 {
        return Ok(None);
    }
    input.read_exact(&mut calls[1..])?;
    input.read_exact(&mut len)?;
    let mut request = vec![0; u32::from_le_bytes(len) as usize];
    input.read_exact(&mut request)?;
    Ok(Some((u32::from_le_bytes(calls), request)))
}

struct Echo {
    store: Store,
    instance: Arc<Instance>,
}

impl Echo {
    fn load(wasm: &[u8]) -> Result<Self> {
        let mut store = Store::new(Cranelift::default());
        let module = Module::new(&store, wasm)?;
        let instance = Arc::new(Instance::new(&mut store, &module, &imports! {})?);
        Ok(Self { store, instance })
    }

    fn call(&mut self, request: &[u8]) -> Result<ByteBuf, RuntimeError> {
        guest::call(&mut self.store.as_store_mut(), self.instance.clone(), "echo", Bytes::new(request))
    }
}
