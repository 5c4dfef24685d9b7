//! Repairs a module that is valid but not [canonical](mod@crate::check).
//!
//! An operand that would decide something before the module runs takes a way through a local, which no
//! engine looks through:
//!
//! ```text
//!   i32.const 1                    i32.const 1
//!   if                   ──>       local.set $scratch
//!                                  local.get $scratch
//!                                  if
//! ```
//!
//! The fuel of a module is the fuel of its canonical form.

mod scratch;

use std::borrow::Cow;

use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{CodeSection, Function, Module, reencode};
use wasmparser::{CustomSectionReader, FunctionBody, Parser};

use self::scratch::Scratch;
use crate::{
    Error, Profile,
    check::{self, Place},
    features,
    small_memory::points_into_code,
};

/// Gives the canonical form of a module: itself when it is canonical, as every canonical form is.
///
/// The canonical form does the same. Functions gain locals where they need them, and nothing is renumbered;
/// custom sections that state positions in code are left out.
///
/// # Errors
///
/// - [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed or invalid.
/// - [`Reason::Refused`](crate::Reason::Refused) when it breaks a rule of [`Profile::SERVER`] that cannot be
///   repaired.
///
/// # Examples
///
/// ```
/// use aingle_wasm_fuel::{Profile, canonicalise, check};
///
/// let wasm = wat::parse_str("(module (func (if (i32.const 1) (then))))")?;
/// assert!(check(&wasm, &Profile::DEVICE).is_err());
///
/// let canonical = canonicalise(&wasm)?;
/// assert_eq!(check(&canonical, &Profile::DEVICE), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn canonicalise(wasm: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let mut places = Vec::new();
    check::visit(wasm, &Profile::SERVER, &mut |place| {
        places.push(place);
        Ok(())
    })?;
    features::validate(wasm)?;
    if places.is_empty() {
        return Ok(wasm.into());
    }
    let mut module = Module::new();
    Repair { wasm, places: &places }.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish().into())
}

struct Repair<'a> {
    wasm: &'a [u8],
    /// In their order; those of functions that are written are gone.
    places: &'a [Place],
}

impl Reencode for Repair<'_> {
    type Error = Error;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Error>> {
        let end = body.range().end as usize;
        let count = self.places.partition_point(|place| (place.offset as usize) < end);
        let (places, rest) = self.places.split_at(count);
        self.places = rest;

        let scratch = Scratch::new(places);
        let mut locals = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            locals.push((count, self.val_type(ty)?));
        }
        locals.extend(scratch.locals());

        let mut function = Function::new(locals);
        let mut at = body.get_operators_reader()?.original_position() as usize;
        for place in places {
            let offset = place.offset as usize;
            function.raw(self.wasm[at..offset].iter().copied());
            scratch.pass(place, &mut function.instructions());
            at = offset;
        }
        function.raw(self.wasm[at..end].iter().copied());
        code.function(&function);
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error<Error>> {
        if !points_into_code(section.name()) {
            module.section(&utils::custom_section(self, section));
        }
        Ok(())
    }
}
