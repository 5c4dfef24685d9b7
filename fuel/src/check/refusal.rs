//! Why the check refuses a module, and where.

use core::fmt;

/// A refusal: the rule that a module breaks, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Refusal {
    /// Index of the function, counted with the imported ones; absent outside of function bodies.
    pub function: Option<u32>,
    /// Position of the operator or entry in the module's file, in bytes.
    pub offset: u32,
    /// The rule.
    pub rule: Rule,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $sentence:literal;)*) => {
        /// A rule that a module must obey.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Rule {
            $($(#[$doc])* $name = $number,)*
        }

        impl Rule {
            /// Every rule, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The rule that a number stands for.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $sentence,)*
                })
            }
        }
    };
}

rules! {
    /// The bytes are no module, or an invalid one.
    Malformed = 1, "malformed module";
    /// A number is longer or larger than its type allows.
    Number = 2, "a number is too long or too large";
    /// An operator or encoding that no feature in use knows.
    Unknown = 3, "an unknown operator, section or type";

    /// SIMD or relaxed SIMD.
    Simd = 16, "vectors (simd) are not offered";
    /// Atomic operators or a shared memory.
    Threads = 17, "threads are not offered";
    /// A tail call.
    TailCalls = 18, "tail calls are not offered";
    /// A memory or table with 64-bit addresses.
    Memory64 = 19, "64-bit memories are not offered";
    /// Exceptions.
    Exceptions = 20, "exceptions are not offered";
    /// Garbage-collected types, or typed function references.
    Gc = 21, "garbage-collected types are not offered";
    /// References as values, or operators on tables.
    ReferenceTypes = 22, "reference types are not offered";
    /// Passive segments, or the operators on segments and tables that need them.
    Passive = 23, "passive segments and bulk operations on tables are not offered";
    /// A constant that is computed.
    ExtendedConst = 24, "computed constants are not offered";
    /// More than one memory.
    Memories = 25, "more than one memory";
    /// More than one table.
    Tables = 26, "more than one table";
    /// Pages of another size than 1 byte or 64 KiB.
    PageSize = 27, "pages of another size than 1 byte or 64 KiB";
    /// A block, loop or if that takes parameters.
    BlockParameters = 28, "a block with parameters";
    /// A function that runs at the start, before any call.
    Start = 29, "a start function";
    /// An export by a name that is reserved for metering, or by that of another global, or not of all of them.
    ReservedName = 30, "an export by a reserved name";

    /// Larger than [`Profile::module`](super::Profile::module).
    ModuleSize = 48, "too large a module";
    /// More than [`Profile::types`](super::Profile::types).
    Types = 49, "too many types";
    /// More than [`Profile::functions`](super::Profile::functions).
    Functions = 50, "too many functions";
    /// More than [`Profile::globals`](super::Profile::globals).
    Globals = 51, "too many globals";
    /// More than [`Profile::exports`](super::Profile::exports).
    Exports = 52, "too many exports";
    /// More than [`Profile::elements`](super::Profile::elements).
    Elements = 53, "too many element segments";
    /// More than [`Profile::data`](super::Profile::data).
    Data = 54, "too many data segments";
    /// More than [`Profile::table`](super::Profile::table).
    TableSize = 55, "too large a table";
    /// More than [`Profile::parameters`](super::Profile::parameters).
    Parameters = 56, "too many parameters";
    /// More than [`Profile::results`](super::Profile::results).
    Results = 57, "too many results";
    /// Larger than [`Profile::body`](super::Profile::body).
    BodySize = 58, "too large a function";
    /// More than [`Profile::locals`](super::Profile::locals).
    Locals = 59, "too many locals";
    /// More than [`Profile::operands`](super::Profile::operands).
    Operands = 60, "too many operands";
    /// More than [`Profile::nesting`](super::Profile::nesting).
    Nesting = 61, "blocks nested too deeply";
    /// More than [`Profile::targets`](super::Profile::targets).
    Targets = 62, "too many branch targets";
    /// More than [`Profile::complexity`](super::Profile::complexity).
    Complexity = 63, "too many branches among its locals and operands: split the function";
    /// More than [`Profile::together`](super::Profile::together), with the functions before.
    Together = 64, "too many branches in all functions for so short a module";

    /// A memory of 1-byte pages may grow: a server's copy could not.
    Growable = 80, "a memory of 1-byte pages that may grow: link with `--no-growable-memory`";
    /// A memory of 1-byte pages is imported: a server could not move it.
    ImportedMemory = 81, "an imported memory of 1-byte pages: link without `--import-memory`";
    /// A constant offset or a segment's place leaves the 32-bit range when a server moves the guest.
    OutOfReach = 82, "an offset too far beyond a memory of 1-byte pages";
    /// A segment of a memory of 1-byte pages is placed by a global: a server could not move it.
    SegmentPlace = 83, "a data segment that is not placed by a constant";

    /// A branch is decided by an immediate.
    DecidedBranch = 96, "a branch decided by a constant";
    /// A division by an immediate that is 0, -1 or not known.
    DecidedDivision = 97, "a division by a constant that may trap";
    /// A trapping conversion of an immediate.
    DecidedConversion = 98, "a conversion of a constant that may trap";
    /// An access at an immediate address that lies, or may lie, outside of the memory.
    DecidedAccess = 99, "an access at a constant address that may trap";
    /// A store far beyond its address, of a value that may be its own address.
    StoreOfAddress = 100, "a store of its own address at a far offset";
}

impl Rule {
    /// The number that stands for this rule.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Whether canonicalising removes what this rule refuses.
    pub const fn is_repairable(self) -> bool {
        self as u8 >= Self::DecidedBranch as u8
    }
}

impl core::error::Error for Rule {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = self.function {
            write!(f, "function {function}, ")?;
        }
        write!(f, "offset {:#x}: {}", self.offset, self.rule)
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_rules_go_both_ways() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(Rule::from_code).collect();
        assert_eq!(known, Rule::ALL);
        assert!(Rule::ALL.iter().all(|&rule| Rule::from_code(rule.code()) == Some(rule)));
    }

    #[test]
    fn a_refusal_is_small_and_says_where() {
        let refusal = Refusal { function: Some(3), offset: 0x1f4, rule: Rule::Simd };
        assert_eq!(refusal.to_string(), "function 3, offset 0x1f4: vectors (simd) are not offered");
        assert!(size_of::<Refusal>() <= 16);
    }
}
