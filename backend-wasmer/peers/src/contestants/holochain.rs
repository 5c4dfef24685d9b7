//! holochain-wasmer, in a program of its own: it needs another wasmer than the rest.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

use super::Contestant;

pub struct Echo(Child);

impl Echo {
    pub fn load() -> Result<Self> {
        let mut program = Command::new(env!("HOLOCHAIN"));
        program.arg(concat!(env!("GUESTS"), "/echo_holochain.wasm"));
        let child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        child.map(Self).context("starting the program for holochain-wasmer")
    }

    /// Has the program call one time after the other: what it took in nanoseconds, and the last reply.
    fn exchange(&mut self, request: &[u8], calls: u32) -> io::Result<(u64, Vec<u8>)> {
        let Child { stdin: Some(input), stdout: Some(output), .. } = &mut self.0 else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        input.write_all(&calls.to_le_bytes())?;
        input.write_all(&(request.len() as u32).to_le_bytes())?;
        input.write_all(request)?;
        let (mut ns, mut len) = ([0; 8], [0; 4]);
        output.read_exact(&mut ns)?;
        output.read_exact(&mut len)?;
        let mut reply = vec![0; u32::from_le_bytes(len) as usize];
        output.read_exact(&mut reply)?;
        Ok((u64::from_le_bytes(ns), reply))
    }
}

impl Contestant for Echo {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        reply(&self.exchange(request, 1).expect("it returns").1);
    }

    fn batch(&mut self, request: &[u8], calls: u32) -> f64 {
        self.exchange(request, calls).expect("it returns").0 as f64
    }
}
