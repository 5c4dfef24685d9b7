//! Counts the instructions of a case on a target.

use std::fmt::Display;

use aingle_wasm::Target;

use crate::{Result, case::Case};

/// What one use of an operator took.
pub struct Sample {
    /// The operator's name in the text format.
    pub operator: &'static str,
    /// How it was used.
    pub form: String,
    /// Executed instructions.
    pub instructions: f64,
    /// Units of fuel that the use takes beside the operator's own.
    pub beside: u32,
}

impl Sample {
    /// Instructions for a unit of fuel when the operator weighs `weight`.
    pub fn per_unit(&self, weight: u8) -> f64 {
        self.instructions / f64::from(u32::from(weight) + self.beside)
    }
}

/// Runs `case` on `target`.
///
/// # Errors
/// The target does not run it, or counts no instructions.
pub fn sample(target: &mut Target, case: Case) -> Result<Sample> {
    let failed = |error: &dyn Display| format!("{} ({}): {error}", case.operator, case.form);
    let wasm = wat::parse_str(case.module()).map_err(|error| failed(&error))?;
    target.load(&wasm, |_| ()).map_err(|error| failed(&error))?;
    let mut count = |export| -> Result<f64> {
        let (_, run) = target.invoke(export, &[], FUEL).map_err(|error| failed(&error))?;
        let instructions = target.instructions(&run).ok_or_else(|| failed(&"it counts no instructions"))?;
        Ok(instructions as f64)
    };
    // The first call makes the engine's stack.
    count("without")?;
    let (without, with) = (count("without")?, count("with")?);
    let instructions = (with - without) / f64::from(case.executions());
    Ok(Sample { operator: case.operator, form: case.form, instructions, beside: case.beside })
}

/// Far more than any case takes.
pub const FUEL: u64 = 1_000_000_000;
