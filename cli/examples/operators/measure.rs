//! Counts the instructions of a case on a target.

use std::fmt::Display;

use aingle_wasm::Target;
use aingle_wasm_core::engine::Value;

use crate::{Result, case::Case};

/// What one use of an operator took.
pub struct Sample {
    /// The operator's name in the text format.
    pub operator: &'static str,
    /// How it was used.
    pub form: String,
    /// Executed instructions.
    pub instructions: f64,
    /// Units of fuel that the use takes beside the operator's own and those for its bytes.
    pub beside: u32,
    /// Bytes that the use copies, fills or grows by.
    pub bytes: u32,
}

/// Runs `case` on `target`.
///
/// # Errors
/// The target does not run it, or counts no instructions.
pub fn sample(target: &mut Target, case: Case) -> Result<Sample> {
    let failed = |error: &dyn Display| format!("{} ({}): {error}", case.operator, case.form);
    let wasm = wat::parse_str(case.module()).map_err(|error| failed(&error))?;
    target.load(&wasm, |_| ()).map_err(|error| failed(&error))?;
    let mut count = |export, rounds| -> Result<f64> {
        let (_, run) = target.invoke(export, &[Value::I32(rounds)], FUEL).map_err(|error| failed(&error))?;
        let instructions = target.instructions(&run).ok_or_else(|| failed(&"it counts no instructions"))?;
        Ok(instructions as f64)
    };
    // The first call makes the engine's stack.
    count("without", 1)?;
    let rounds = if case.once { 0 } else { ROUNDS };
    // What a call takes but for its rounds is in both of its counts.
    let mut more = |export| match rounds {
        0 => count(export, 1),
        _ => Ok(count(export, 1 + rounds)? - count(export, 1)?),
    };
    let instructions = (more("with")? - more("without")?) / f64::from(rounds.max(1)) / case.with.len() as f64;
    let Case { operator, form, beside, bytes, .. } = case;
    Ok(Sample { operator, form, instructions, beside, bytes })
}

/// How often all uses of an operator run.
const ROUNDS: u32 = 8;

/// Far more than any case takes.
const FUEL: u64 = 1_000_000_000;
