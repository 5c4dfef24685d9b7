//! Gives code that is often skipped a charge point of its own.
//!
//! What follows a conditional branch belongs to the region around it and is charged whether it runs or not: an
//! interpreter's loop pays for all its instructions at every step. A `loop` that never repeats opens a region,
//! so the tail of a block, from behind the branch to the block's end, is put into one when its cost is worth
//! it:
//!
//! ```text
//!   block                     block
//!     …  br_if 0                …  br_if 0
//!     tail           ──>        loop  tail  end
//!   end                       end
//! ```
//!
//! Such a tail is found behind a `br_if`, and behind a construct that contains a branch to something outside of
//! it, as the arms of a `match` are nested in blocks that its `br_table` leaves.

mod tails;
mod writer;

use std::borrow::Cow;

use wasm_encoder::{CodeSection, Module, RawSection};
use wasmparser::{FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator};

use crate::{Error, features, small_memory::points_into_code, spec::Spec};

/// Fences a guest. Its results, traps, memory and host calls stay what they were; its fuel becomes less where
/// costly code is skipped, and one unit more for each time that fenced code is entered.
///
/// What is fenced already comes back as it is.
///
/// # Errors
///
/// [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed, invalid, or in need of a feature
/// that is not offered.
pub fn fence<'a>(wasm: &'a [u8], spec: &Spec) -> Result<Cow<'a, [u8]>, Error> {
    let mut validator = Validator::new_with_features(features::FEATURES);
    let mut module = Module::new();
    let mut code = CodeSection::new();
    let mut left = 0;
    let mut changed = false;
    let mut parser = Parser::new(0);
    parser.set_features(features::FEATURES);
    for payload in parser.parse_all(wasm) {
        let payload = payload?;
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            let index = function.index;
            let validator = function.into_validator(FuncValidatorAllocations::default());
            let tails = tails::find(&body, validator, spec).map_err(|error| error.in_function(index))?;
            changed |= !tails.is_empty();
            code.function(&writer::write(wasm, &body, &tails)?);
            left -= 1;
            if left == 0 {
                module.section(&code);
            }
            continue;
        }
        match payload {
            Payload::CodeSectionStart { count, .. } => left = count,
            Payload::CustomSection(section) if points_into_code(section.name()) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &wasm[range.start as usize..range.end as usize];
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(if changed { module.finish().into() } else { wasm.into() })
}
