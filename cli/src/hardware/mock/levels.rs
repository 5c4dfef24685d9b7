//! Levels between low and high.

use std::num::NonZeroU16;

use aingle_wasm_core::hal::{self, Code};
use embedded_hal::pwm::{ErrorType, SetDutyCycle};
use serde::Deserialize;

use super::Trace;

/// A PWM channel.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pwm {
    /// The largest duty cycle.
    #[serde(default = "all")]
    max: NonZeroU16,
    /// Duty cycles that are to be set, in order; anything goes when they are not said.
    #[serde(default, rename = "expect")]
    pub trace: Trace,
    /// Setting it fails.
    #[serde(default)]
    broken: bool,
}

impl Pwm {
    /// What is expected and cannot come.
    pub fn wrong(&self) -> Option<String> {
        above(self.trace.expected.as_deref().unwrap_or_default(), self.max)
    }
}

impl ErrorType for Pwm {
    type Error = Code;
}

impl SetDutyCycle for Pwm {
    fn max_duty_cycle(&self) -> u16 {
        self.max.get()
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Code> {
        if self.broken {
            return Err(Code::Pwm);
        }
        self.trace.came.push(duty);
        Ok(())
    }
}

/// A pin whose voltage is measured.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adc {
    /// The largest value.
    #[serde(default = "all")]
    max: NonZeroU16,
    /// What is measured one after the other; the last one stays.
    #[serde(default)]
    values: Vec<u16>,
    /// Measuring fails, as it does without values.
    #[serde(default)]
    broken: bool,
    #[serde(skip)]
    reads: usize,
}

impl Adc {
    /// What cannot be measured.
    pub fn wrong(&self) -> Option<String> {
        above(&self.values, self.max)
    }
}

impl hal::Adc for Adc {
    fn read(&mut self) -> Result<u16, Code> {
        if self.broken {
            return Err(Code::Adc);
        }
        let value = self.values.get(self.reads).or(self.values.last());
        self.reads += 1;
        value.copied().ok_or(Code::Adc)
    }

    fn max(&self) -> u16 {
        self.max.get()
    }
}

fn above(values: &[u16], max: NonZeroU16) -> Option<String> {
    let value = values.iter().find(|value| **value > max.get())?;
    Some(format!("{value} is more than its max, {max}"))
}

fn all() -> NonZeroU16 {
    NonZeroU16::MAX
}
