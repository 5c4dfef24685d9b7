//! The modules that are damaged.

use aingle_wasm_core::{
    engine::{Engine, Limits},
    host,
    log::Log,
};
use aingle_wasm_tests::{IMPORTS, LIMITS, Probe};
use libtest_mimic::Failed;

use crate::{
    examples::example,
    verdict::{Setting, Verdict},
};

/// A module that every engine takes, and the host that it wants.
pub struct Source {
    pub name: &'static str,
    pub make: fn() -> Result<Vec<u8>, Failed>,
    host: Host,
}

#[derive(Clone, Copy)]
enum Host {
    /// That of the suite.
    Suite,
    /// That of the command.
    Standard,
}

pub fn all() -> Vec<Source> {
    macro_rules! suite {
        ($($name:literal),*) => {[$(Source {
            name: $name,
            make: || Ok(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm")).to_vec()),
            host: Host::Suite,
        }),*]};
    }
    macro_rules! examples {
        ($($name:literal),*) => {[$(Source {
            name: $name,
            make: || example($name),
            host: Host::Standard,
        }),*]};
    }
    let mut sources = Vec::from(suite!("ours", "predecessor", "traps", "numbers", "growing", "unbounded"));
    sources.extend(examples!("echo", "ask", "validate", "quickstart", "sensor"));
    sources.push(Source {
        name: "greet",
        make: || Ok(include_bytes!("../../../guest/examples/c/greet.wasm").to_vec()),
        host: Host::Standard,
    });
    sources.push(Source {
        name: "predecessor's own",
        make: || Ok(include_bytes!("../../data/predecessor.wasm").to_vec()),
        host: Host::Standard,
    });
    sources
}

impl Source {
    pub fn on_wasmi(&self, wasm: &[u8]) -> Verdict {
        self.on(aingle_wasm_backend_wasmi::Engine::default(), wasm)
    }

    pub fn on_wasmer(&self, wasm: &[u8]) -> Verdict {
        self.on(aingle_wasm_backend_wasmer::Engine::default(), wasm)
    }

    fn on<E: Engine<Probe> + Engine<Log>>(&self, engine: E, wasm: &[u8]) -> Verdict {
        match self.host {
            Host::Suite => {
                Verdict::of(engine, wasm, Setting { limits: LIMITS, imports: IMPORTS, state: Probe::default })
            }
            Host::Standard => Verdict::of(
                engine,
                wasm,
                Setting { limits: STANDARD, imports: host::standard(), state: Log::new },
            ),
        }
    }
}

/// More than any of them takes.
const STANDARD: Limits = Limits { module: 1 << 20, memory: 4 << 20 };
