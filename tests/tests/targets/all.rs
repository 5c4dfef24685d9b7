//! All targets at once: what is asked of one is asked of each, and the answers must be the same.

use std::{fmt::Debug, path::PathBuf, sync::OnceLock};

use aingle_wasm::{On, Options, Target, checkout};
use aingle_wasm_core::{codec::Key, engine::Value, link::Delivery};
use libtest_mimic::Failed;

pub use crate::seen::{End, Seen};
use crate::{Done, ensure};

/// One open target of each kind.
pub struct All(Vec<(String, Target)>);

impl All {
    /// Opens every target.
    pub fn open() -> Result<Self, Failed> {
        Self::open_under(None)
    }

    /// Opens every target, each frame encrypted with `key`.
    pub fn open_under(key: Option<Key>) -> Result<Self, Failed> {
        Self::opened(&TARGETS, &Options { firmware: Some(firmware()?.clone()), key, ..Options::default() })
    }

    /// Opens both engines of this machine, and a board with firmware of its own: `on` is what the command takes.
    pub fn open_beside(on: &str) -> Result<Self, Failed> {
        Self::opened(&["wasmer", "wasmi", on], &Options::default())
    }

    fn opened(names: &[&str], options: &Options) -> Result<Self, Failed> {
        let open = |name: &&str| {
            let on: On = name.parse()?;
            let target = Target::open(&on, options).map_err(|error| format!("{name}: {error}"))?;
            Ok::<_, String>(((*name).to_owned(), target))
        };
        Ok(Self(names.iter().map(open).collect::<Result<_, _>>()?))
    }

    /// Opens every target and loads `wasm` on it.
    pub fn with(wasm: &[u8]) -> Result<Self, Failed> {
        let mut all = Self::open()?;
        all.load(wasm)?;
        Ok(all)
    }

    /// The one of that name.
    pub fn on(&mut self, name: &str) -> Result<&mut Target, Failed> {
        let named = self.0.iter_mut().find(|(other, _)| other == name);
        Ok(&mut named.ok_or("there is no such target")?.1)
    }

    /// Loads a guest that every target takes.
    pub fn load(&mut self, wasm: &[u8]) -> Done {
        self.each("load", |target| target.load(wasm, |_| ()).map_err(|error| error.to_string())).map(drop)
    }

    /// Loads what no target takes; code and detail of why.
    pub fn refuse(&mut self, wasm: &[u8]) -> Result<(u8, u16), Failed> {
        self.each("load", |target| match target.load(wasm, |_| ()) {
            Ok(_) => Err("it was loaded".to_owned()),
            Err(error) => match Seen::failed(error)?.end {
                End::Failed(code, detail) => Ok((code, detail)),
                end => Err(format!("{end:?}")),
            },
        })
    }

    /// Calls with fuel to spare.
    pub fn call(&mut self, entry: &str, request: &[u8]) -> Result<Seen, Failed> {
        self.deliver(entry, request, PLENTY, Delivery::Call)
    }

    /// Calls `entry` everywhere. All must be the same: answer, trap, fuel and host calls.
    pub fn deliver(&mut self, entry: &str, request: &[u8], fuel: u64, how: Delivery) -> Result<Seen, Failed> {
        let what = format!("{entry} with {} bytes", request.len());
        self.each(&what, |target| Seen::called(target.call(entry, request, fuel, how)))
    }

    /// Runs a numeric export everywhere.
    pub fn invoke(&mut self, export: &str, argument: u32) -> Done {
        let arguments = [Value::I32(argument)];
        let seen = self.each(export, |target| Seen::invoked(target.invoke(export, &arguments, PLENTY)))?;
        ensure!(matches!(seen.end, End::Returned(_)), "{export}: {seen:?}");
        Ok(())
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
                None => first = Some((name, made)),
            }
        }
        Ok(first.ok_or("there are no targets")?.1)
    }
}

/// The board's firmware, built once.
pub fn firmware() -> Result<&'static PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(|| checkout::firmware(BOARD)).as_ref().map_err(Clone::clone)
}

/// The emulated board.
pub const BOARD: &str = "mps2-an386";

/// Fuel for anything that ends.
pub const PLENTY: u64 = 100_000_000;

const TARGETS: [&str; 3] = ["wasmer", "wasmi", "qemu:mps2-an386"];
