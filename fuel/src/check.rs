//! Decides whether a module is accepted: the same answer on every machine and for every engine.
//!
//! [`check`] runs before an engine sees a module, on chips too. It is total: it reads each byte at most once,
//! does not recurse, and allocates no more than a [`Profile`]'s counts. It is no validator. An engine still
//! validates what it accepts; of a module that is valid too, it guarantees that
//!
//! - it needs no more than WebAssembly 1.0, sign extension, saturating conversions, multiple results,
//!   `memory.copy`, `memory.fill`, mutable globals and pages of one byte;
//! - it stays within the limits of a [`Profile`], and exports no name that metering needs;
//! - its memory, when of 1-byte pages, can be moved to the end of a page of 64 KiB;
//! - it is *canonical*: no branch, trapping division, trapping conversion or access is decided before it runs.
//!   An engine that folds constants would otherwise charge its fuel elsewhere than one that does not.
//!
//! The desktop repairs a module that fails only the last: [`Rule::is_repairable`].
//!
//! ```
//! use aingle_wasm_fuel::{Profile, Rule, check};
//!
//! let wasm = wat::parse_str("(module (func (param i32) (if (i32.const 1) (then))))")?;
//! let refusal = check(&wasm, &Profile::DEVICE).unwrap_err();
//! assert_eq!((refusal.function, refusal.rule), (Some(0), Rule::DecidedBranch));
//! assert!(refusal.rule.is_repairable());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod declared;
mod frames;
mod module;
mod operands;
mod profile;
pub(crate) mod reader;
mod refusal;
mod sections;
mod segments;

pub use self::{
    profile::Profile,
    refusal::{Refusal, Rule},
};
use self::{reader::Reader, sections::Sections};

/// Accepts a module, or names the first rule that it breaks.
///
/// # Errors
///
/// A [`Refusal`] when a rule is broken.
// Apart from a caller that may be compiled for speed: all of it is code for its size on a chip.
#[inline(never)]
pub fn check(wasm: &[u8], profile: &Profile) -> Result<(), Refusal> {
    visit(wasm, profile, &mut |place| match place.rule {
        // An engine would panic.
        Rule::StoreOfAddress => Err(place.rule),
        _ if profile.canonical => Err(place.rule),
        _ => Ok(()),
    })
}

/// An operator that is decided before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Index of the function, counted with the imported ones.
    pub function: u32,
    /// Position of the operator in the module's file, in bytes.
    pub offset: u32,
    /// Parameters and locals of the function.
    pub locals: u32,
    /// The operator's byte.
    pub opcode: u8,
    pub rule: Rule,
}

/// Takes each [`Place`] in order; goes on as if its operands were not known when there is no error.
pub(crate) type OnPlace<'a> = &'a mut dyn FnMut(Place) -> Result<(), Rule>;

/// Checks a module and hands on what is [repairable](Rule::is_repairable).
pub(crate) fn visit(wasm: &[u8], profile: &Profile, on_place: OnPlace) -> Result<(), Refusal> {
    if wasm.len() > profile.module as usize {
        return Err(Refusal { function: None, offset: profile.module, rule: Rule::ModuleSize });
    }
    let mut sections = Sections::new(Reader::new(wasm), profile);
    sections.read(on_place).map_err(|rule| Refusal {
        function: sections.function(),
        offset: sections.offset(),
        rule,
    })
}
