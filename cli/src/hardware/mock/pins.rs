//! Pins that remember what was set, and give what they were told.

use aingle_wasm_core::hal::Code;
use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};
use serde::{Deserialize, Deserializer};

use super::Trace;

/// A pin that the guest drives: low until it does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Levels that are to be set, in order; anything goes when they are not said.
    #[serde(default, rename = "expect", deserialize_with = "levels")]
    pub trace: Trace,
    /// Which of the times that it is driven fail, counted from 0.
    #[serde(default)]
    fails: Vec<usize>,
    #[serde(skip)]
    driven: usize,
    /// Driving it always fails.
    #[serde(default)]
    broken: bool,
}

impl Output {
    fn set(&mut self, level: u16) -> Result<(), Code> {
        let time = self.driven;
        self.driven += 1;
        if self.broken || self.fails.contains(&time) {
            return Err(Code::Pin);
        }
        self.trace.came.push(level);
        Ok(())
    }
}

impl ErrorType for Output {
    type Error = Code;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), Code> {
        self.set(0)
    }

    fn set_high(&mut self) -> Result<(), Code> {
        self.set(1)
    }
}

impl StatefulOutputPin for Output {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        Ok(self.trace.came.last().is_some_and(|level| *level == 1))
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        Ok(!self.is_set_high()?)
    }
}

/// A pin that the guest reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it reads one after the other, 0 or 1; the last one stays, until an event sets another.
    #[serde(default)]
    levels: Vec<Level>,
    #[serde(skip)]
    reads: usize,
    /// Reading it fails.
    #[serde(default)]
    broken: bool,
    /// What an event has set.
    #[serde(skip)]
    pub now: Option<bool>,
}

/// Low or high, written as 0 or 1.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u8")]
struct Level(bool);

impl TryFrom<u8> for Level {
    type Error = String;

    fn try_from(level: u8) -> Result<Self, String> {
        match level {
            0 | 1 => Ok(Self(level == 1)),
            _ => Err(format!("level {level}: a pin has 0 or 1")),
        }
    }
}

fn levels<'d, D: Deserializer<'d>>(described: D) -> Result<Trace, D::Error> {
    let levels = Vec::<Level>::deserialize(described)?;
    Ok(Some(levels.into_iter().map(|Level(high)| high.into()).collect()).into())
}

impl Input {
    /// The level that it has until an event sets another.
    pub fn resting(&self) -> Option<bool> {
        self.levels.last().map(|Level(high)| *high)
    }
}

impl ErrorType for Input {
    type Error = Code;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Code> {
        if self.broken {
            return Err(Code::Pin);
        }
        let level = self.levels.get(self.reads).or(self.levels.last()).map(|Level(high)| *high);
        self.reads += 1;
        self.now.or(level).ok_or(Code::Pin)
    }

    fn is_low(&mut self) -> Result<bool, Code> {
        Ok(!self.is_high()?)
    }
}
