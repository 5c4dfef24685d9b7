//! All targets at once: what is asked of one is asked of each, and the answers must be the same.

use std::{fmt::Debug, path::PathBuf, sync::OnceLock};

use aingle_wasm::{Error, On, Options, Reply, Target, checkout};
use aingle_wasm_core::{
    codec::Key,
    engine::Value,
    error::Trap,
    link::{Delivery, Run, client},
};
use libtest_mimic::Failed;

use crate::{Done, ensure};

/// One open target of each kind.
pub struct All(Vec<(&'static str, Target)>);

/// How a call ended, as far as it must be the same everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub end: End,
    pub host_calls: u32,
    pub host_digest: u32,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The guest replied with these bytes.
    Reply(Vec<u8>),
    /// The guest marked these bytes as an error.
    Error(Vec<u8>),
    /// The target says that the call failed: code and detail.
    Failed(u8, u16),
}

impl All {
    /// Opens every target.
    pub fn open() -> Result<Self, Failed> {
        Self::open_under(None)
    }

    /// Opens every target, each frame encrypted with `key`.
    pub fn open_under(key: Option<Key>) -> Result<Self, Failed> {
        let options = Options { firmware: Some(firmware()?.clone()), key, ..Options::default() };
        let open = |name: &'static str| {
            let on: On = name.parse()?;
            let target = Target::open(&on, &options).map_err(|error| format!("{name}: {error}"))?;
            Ok::<_, String>((name, target))
        };
        Ok(Self(TARGETS.into_iter().map(open).collect::<Result<_, _>>()?))
    }

    /// Opens every target and loads `wasm` on it.
    pub fn with(wasm: &[u8]) -> Result<Self, Failed> {
        let mut all = Self::open()?;
        all.load(wasm)?;
        Ok(all)
    }

    /// Loads a guest that every target takes.
    pub fn load(&mut self, wasm: &[u8]) -> Done {
        self.each("load", |target| target.load(wasm, |_| ()).map_err(|error| error.to_string())).map(drop)
    }

    /// Loads what no target takes; code and detail of why.
    pub fn refuse(&mut self, wasm: &[u8]) -> Result<(u8, u16), Failed> {
        self.each("load", |target| match target.load(wasm, |_| ()) {
            Ok(_) => Err("it was loaded".to_owned()),
            Err(error) => failure(error).map(|(code, detail, _)| (code, detail)),
        })
    }

    /// Calls with fuel to spare.
    pub fn call(&mut self, entry: &str, request: &[u8]) -> Result<Seen, Failed> {
        self.deliver(entry, request, PLENTY, Delivery::Call)
    }

    /// Calls `entry` everywhere. Fuel must agree where it is charged by the same rules; elsewhere a call that runs out
    /// of it may be one host call further.
    pub fn deliver(&mut self, entry: &str, request: &[u8], fuel: u64, how: Delivery) -> Result<Seen, Failed> {
        let mut runs = Vec::new();
        let what = format!("{entry} with {} bytes", request.len());
        let mut seen = self.each(&what, |target| {
            let (end, run) = end(target.call(entry, request, fuel, how))?;
            let Run { fuel_used, host_calls, host_digest, .. } = run;
            runs.push((fuel_used, host_calls, host_digest));
            Ok(match end {
                End::Failed(OUT_OF_FUEL, _) => Seen { end, host_calls: 0, host_digest: 0 },
                end => Seen { end, host_calls, host_digest },
            })
        })?;
        let (alike, other) = CHARGES_ALIKE;
        ensure!(runs[alike] == runs[other], "{what}: fuel, host calls or their digest differ: {runs:?}");
        (_, seen.host_calls, seen.host_digest) = runs[alike];
        Ok(seen)
    }

    /// Runs a numeric export of no result everywhere.
    pub fn invoke(&mut self, export: &str, argument: u32) -> Done {
        let arguments = [Value::I32(argument)];
        let run = |target: &mut Target| {
            target
                .invoke(export, &arguments, PLENTY)
                .map(|(results, _)| results)
                .map_err(|error| error.to_string())
        };
        self.each(export, run).map(drop)
    }

    /// Does `act` on every target; its results must be equal.
    pub fn each<R: Debug + PartialEq>(
        &mut self,
        what: &str,
        mut act: impl FnMut(&mut Target) -> Result<R, String>,
    ) -> Result<R, Failed> {
        let mut first: Option<(&str, R)> = None;
        for (name, target) in &mut self.0 {
            let made = act(target).map_err(|words| format!("{what}: {name}: {words}"))?;
            match &first {
                Some((other, expected)) => {
                    ensure!(made == *expected, "{what}: {other}: {expected:?}, {name}: {made:?}");
                }
                None => first = Some((*name, made)),
            }
        }
        Ok(first.ok_or("there are no targets")?.1)
    }
}

/// What a call came to, or why nothing is known of it.
pub fn end(called: Result<Reply, Error>) -> Result<(End, Run), String> {
    Ok(match called {
        Ok(Reply { bytes, error: false, run }) => (End::Reply(bytes), run),
        Ok(Reply { bytes, error: true, run }) => (End::Error(bytes), run),
        Err(error) => failure(error).map(|(code, detail, run)| (End::Failed(code, detail), run))?,
    })
}

/// What the target said, if it said something.
fn failure(error: Error) -> Result<(u8, u16, Run), String> {
    match error {
        Error::Link(client::Error::Failed(failure, run)) => Ok((failure.code(), failure.detail(), run)),
        other => Err(other.to_string()),
    }
}

/// The board's firmware, built once.
pub fn firmware() -> Result<&'static PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(|| checkout::firmware(BOARD)).as_ref().map_err(Clone::clone)
}

/// The emulated board.
pub const BOARD: &str = "mps2-an386";

const OUT_OF_FUEL: u8 = Trap::OutOfFuel.code();

/// Fuel for anything that ends.
pub const PLENTY: u64 = 100_000_000;

const TARGETS: [&str; 3] = ["wasmer", "wasmi", "qemu:mps2-an386"];

/// Which of the targets charge fuel by the same rules, to the unit.
const CHARGES_ALIKE: (usize, usize) = (1, 2);
