//! Who is compared: each answers a request with the same bytes.

mod component;
mod extism;
mod holochain;
mod ours;
mod wapc;
mod wasmer;
mod wasmtime;

use std::{fmt, hint::black_box};

use anyhow::Result;
use cpu_time::ThreadTime;
use serde::Serialize;

/// One way to have a guest echo bytes.
pub trait Contestant {
    /// Sends `request`, and lends what came back.
    ///
    /// # Panics
    /// When the guest does not answer.
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8]));

    /// Sends `request`, and tells the length of what came back.
    fn call(&mut self, request: &[u8]) -> usize {
        let mut len = 0;
        self.echo(request, &mut |reply| len = black_box(reply).len());
        len
    }

    /// Calls one time after the other, and tells how many nanoseconds of the thread's processor time it took:
    /// what else runs on the machine counts less there.
    ///
    /// # Panics
    /// As [`Contestant::echo`].
    fn batch(&mut self, request: &[u8], calls: u32) -> f64 {
        let start = ThreadTime::now();
        for _ in 0..calls {
            black_box(self.call(black_box(request)));
        }
        start.elapsed().as_nanos() as f64
    }
}

/// A contestant, and what it is compared with.
pub struct Entrant {
    pub name: &'static str,
    pub kind: Kind,
    pub reply: Reply,
    pub contestant: Box<dyn Contestant>,
}

/// What a contestant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An engine used by hand: one entry, one copy, no check and no meter of its own.
    Hand,
    /// AIngle WASM, with exact fuel.
    Ours,
    /// What a user would pick instead.
    Peer,
}

/// How a contestant gives the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Lent from the guest's memory.
    Borrowed,
    /// Owned by the host.
    Copied,
}

impl Reply {
    fn give(self, bytes: &[u8], reply: &mut dyn FnMut(&[u8])) {
        match self {
            Self::Borrowed => reply(bytes),
            Self::Copied => {
                let owned = bytes.to_vec();
                reply(&owned);
            }
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Borrowed => "borrowed",
            Self::Copied => "copied",
        })
    }
}

/// Loads everyone's guest. The first with a borrowed and the first with a copied reply are the references.
///
/// # Errors
/// When a guest does not load.
pub fn load() -> Result<Vec<Entrant>> {
    use Kind::{Hand, Ours, Peer};
    use Reply::{Borrowed, Copied};
    Ok(vec![
        entrant("wasmer by hand", Hand, Borrowed, wasmer::ByHand::load(ECHO, Borrowed)?),
        entrant("AIngle WASM", Ours, Borrowed, ours::Fuelled::load(ECHO, Borrowed)?),
        entrant("wasmtime by hand", Hand, Borrowed, wasmtime::ByHand::load(ECHO)?),
        entrant("wasmtime component", Peer, Borrowed, component::Lent::load()?),
        entrant("Extism", Peer, Borrowed, extism::Echo::load()?),
        entrant("wasmer by hand", Hand, Copied, wasmer::ByHand::load(ECHO, Copied)?),
        entrant("AIngle WASM", Ours, Copied, ours::Fuelled::load(ECHO, Copied)?),
        entrant("wasmtime component", Peer, Copied, component::Owned::load()?),
        entrant("waPC", Peer, Copied, wapc::Echo::load()?),
        entrant("holochain-wasmer", Peer, Copied, holochain::Echo::load()?),
    ])
}

fn entrant(name: &'static str, kind: Kind, reply: Reply, contestant: impl Contestant + 'static) -> Entrant {
    Entrant { name, kind, reply, contestant: Box::new(contestant) }
}

/// The guest of whoever calls without an SDK.
const ECHO: &str = include_str!("../../benches/echo.wat");
/// Where that guest has room for a request.
const INBOX: u64 = 0x1_0000 - HEADER;
/// What stands before the payload there.
const HEADER: u64 = 12;
