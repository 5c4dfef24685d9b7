//! The core WebAssembly test suite as every machine runs it: a desktop compiles the suite's files to steps and runs them
//! on its own engines; a board reads the same steps and runs them on its own.

use aingle_wasm_core::{
    engine::{Engine, Instance, Limits, Value, Values},
    error::{Abstain, CallError, Error, ModuleError, Trap},
    host::Host,
};
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// One step, as it is written to a file: its length as a little-endian `u32`, then this in postcard.
#[allow(clippy::large_enum_variant, reason = "one at a time is there, and without an allocator")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Record<'a> {
    /// What follows is of the file of that name: nothing is left of the one before.
    File(&'a str),
    /// What stands in that line.
    Step(u32, #[serde(borrow)] Step<'a>),
}

/// Something to do, and what it must come to.
#[allow(clippy::large_enum_variant, reason = "one at a time is there, and without an allocator")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step<'a> {
    /// Loads and starts a module; if it runs, it takes the place of the one in that slot.
    Start(u8, &'a [u8], Start),
    /// Calls an export of the module in that slot.
    Call(u8, &'a str, Values, Ends),
    /// Reads an exported `i32` global of the module in that slot.
    Global(u8, &'a str, Expected),
}

/// What a module's start must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// It runs.
    Runs,
    /// It is loaded, and then a segment does not fit.
    Unfit,
    /// It is not loaded, by whatever rule.
    Refused,
    /// It breaks a rule of the check: it is none that a guest may be.
    Rule,
    /// It imports what is not there, which all of it is.
    Import,
    /// It wants more memory than there is, or imports it.
    Large,
}

/// What a call must come to.
#[allow(clippy::large_enum_variant, reason = "one at a time is there, and without an allocator")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ends {
    /// It returns this.
    Returns(Vec<Expected, 16>),
    /// It returns something.
    Returned,
    /// It traps for this reason, as its number.
    Traps(u8),
    /// It passes more values than a call can.
    TooMany,
}

/// A value, or a kind of NaN.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Expected {
    /// These bits.
    Exactly(Value),
    /// The NaN that operators make, of either sign.
    CanonicalF32,
    /// As for 32 bits.
    CanonicalF64,
    /// Any quiet NaN.
    ArithmeticF32,
    /// As for 32 bits.
    ArithmeticF64,
}

impl Expected {
    fn admits(self, value: Value) -> bool {
        match (self, value) {
            (Self::Exactly(expected), value) => expected == value,
            (Self::CanonicalF32, Value::F32(bits)) => bits & !(1 << 31) == QUIET_F32,
            (Self::CanonicalF64, Value::F64(bits)) => bits & !(1 << 63) == QUIET_F64,
            (Self::ArithmeticF32, Value::F32(bits)) => bits & QUIET_F32 == QUIET_F32,
            (Self::ArithmeticF64, Value::F64(bits)) => bits & QUIET_F64 == QUIET_F64,
            _ => false,
        }
    }
}

/// What a step came to instead.
#[derive(Debug)]
pub enum Surprise {
    /// A module that was to be refused.
    Started,
    /// A module that was to start, or to be refused in another way.
    NotStarted(Error),
    /// A call that ended so.
    Ended(Error),
    /// A call that returned so many values, of which this is the first.
    Returned(usize, Option<Value>),
    /// A global's value, if it is there.
    Global(Option<u32>),
    /// The slot is empty.
    NoModule,
    /// This machine has no room for that much memory, or had none before and the module knows: it has no opinion.
    Abstained,
}

/// Modules under way. Unlike a guest, an instance is used on after a trap: scripts want it.
pub struct Stage<E: Engine<()>> {
    engine: E,
    slots: [Slot<E::Instance>; SLOTS],
}

enum Slot<I> {
    Empty,
    Runs {
        instance: I,
        /// It lacks memory that it would have on a larger machine.
        lacks: bool,
    },
}

/// How many modules a file uses at once at most.
pub const SLOTS: usize = 32;

impl<E: Engine<()>> Stage<E> {
    /// An empty stage.
    pub fn new(engine: E) -> Self {
        Self { engine, slots: [const { Slot::Empty }; _] }
    }

    /// Leaves all modules, for another file.
    pub fn clear(&mut self) {
        self.slots = [const { Slot::Empty }; _];
    }

    /// Does one step.
    ///
    /// # Errors
    /// When it comes to something else than it must.
    pub fn run(&mut self, step: &Step<'_>) -> Result<(), Surprise> {
        match step {
            Step::Start(slot, wasm, start) => self.start(*slot, wasm, *start),
            Step::Call(slot, export, arguments, ends) => {
                let (instance, lacks) = self.running(*slot)?;
                let ended = instance.invoke(export, arguments, &mut FUEL.clone());
                if ends.admits(&ended) {
                    return Ok(());
                }
                *lacks |= ended == Err(Abstain::Memory.into());
                Err(match ended {
                    _ if *lacks => Surprise::Abstained,
                    Ok(values) => Surprise::Returned(values.len(), values.first().copied()),
                    Err(error) => Surprise::Ended(error),
                })
            }
            Step::Global(slot, name, expected) => {
                let value = self.running(*slot)?.0.address(name);
                match value {
                    Some(value) if expected.admits(Value::I32(value)) => Ok(()),
                    other => Err(Surprise::Global(other)),
                }
            }
        }
    }

    fn start(&mut self, slot: u8, wasm: &[u8], start: Start) -> Result<(), Surprise> {
        // First: a machine may have no room for both.
        if start == Start::Runs {
            *self.slot(slot)? = Slot::Empty;
        }
        let loaded = self.engine.load(wasm, LIMITS);
        let started = match (loaded, start) {
            (Ok(_), Start::Refused) => return Err(Surprise::Started),
            (Ok(module), _) => self.engine.start(&module, &(&[]).into(), Host::new(())),
            (Err(error), Start::Unfit) => return Err(Surprise::NotStarted(error)),
            (Err(error), _) => Err(error),
        };
        match (started, start) {
            (Ok(instance), Start::Runs) => {
                *self.slot(slot)? = Slot::Runs { instance, lacks: false };
                Ok(())
            }
            (Ok(_), _) => Err(Surprise::Started),
            (Err(error), start) if start.admits(error) => Ok(()),
            (Err(error), _) => Err(Surprise::NotStarted(error)),
        }
    }

    fn running(&mut self, slot: u8) -> Result<(&mut E::Instance, &mut bool), Surprise> {
        match self.slot(slot)? {
            Slot::Runs { instance, lacks } => Ok((instance, lacks)),
            Slot::Empty => Err(Surprise::NoModule),
        }
    }

    fn slot(&mut self, slot: u8) -> Result<&mut Slot<E::Instance>, Surprise> {
        self.slots.get_mut(usize::from(slot)).ok_or(Surprise::NoModule)
    }
}

impl Start {
    fn admits(self, error: Error) -> bool {
        let invalid = error == ModuleError::Invalid.into();
        match self {
            Self::Runs => false,
            Self::Unfit => invalid,
            Self::Refused => invalid || matches!(error, Error::Rule(_)),
            Self::Rule => matches!(error, Error::Rule(_)),
            Self::Import => matches!(error, Error::Import(_)),
            Self::Large => matches!(error, Error::Import(_) | Error::Abstain(_)),
        }
    }
}

impl Ends {
    fn admits(&self, ended: &Result<Values, Error>) -> bool {
        match (self, ended) {
            (Self::Returned, Ok(_)) => true,
            (Self::Returns(expected), Ok(values)) => {
                let mut pairs = values.iter().zip(expected);
                values.len() == expected.len() && pairs.all(|(value, expected)| expected.admits(*value))
            }
            (Self::Traps(code), Err(error)) => {
                Trap::from_code(*code).is_some_and(|trap| *error == trap.into())
            }
            (Self::TooMany, Err(error)) => *error == CallError::Arguments.into(),
            _ => false,
        }
    }
}

/// What a module may take.
pub const LIMITS: Limits = Limits::SERVER;

/// More than any call of the suite that ends by itself needs.
const FUEL: u64 = 1 << 32;

/// Exponent and quiet bit.
const QUIET_F32: u32 = 0x7fc0_0000;
const QUIET_F64: u64 = 0x7ff8_0000_0000_0000;
