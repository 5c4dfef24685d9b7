//! What can go wrong with a guest, and whose doing it was.
//!
//! Every error is a small `Copy` code, so that a chip can log it, send it and forget it. [`Error::code`]
//! is the number that travels on a link: 1 to 31 envelope and codec, 32 to 63 module, 64 to 79 call,
//! 96 to 111 trap, 112 to 127 the host stopped the guest, 128 to 143 abstained, 144 to 159 link.

use core::fmt;

use crate::codec;

/// Why a module was not loaded, a call not made, or a run not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The frame that carried the request is at fault.
    Codec(codec::Error),
    /// The module is at fault: it was refused.
    Module(ModuleError),
    /// The module is at fault: it breaks a rule of the check that guards every load. The number is that of the
    /// rule in the check, which can say where the module breaks it.
    Rule(u8),
    /// The module wants an import that this host does not offer, or not with that type; its index among
    /// the module's imports, functions counted first.
    Import(u16),
    /// The guest wants of the host's hardware what this host does not give; its place among the
    /// [grants](crate::hal::Grants) that the module asks for.
    Grant(u8),
    /// The caller is at fault: the guest has no such entry, or wants other arguments.
    Call(CallError),
    /// The run ended before it was done.
    Trap(Trap),
    /// This machine ran out of something real and has no opinion; never the guest's fault.
    Abstain(Abstain),
}

impl Error {
    /// The number that stands for this error on a link.
    pub const fn code(self) -> u8 {
        match self {
            Error::Codec(error) => error.code(),
            Error::Module(error) => error.code(),
            Error::Rule(_) => RULE,
            Error::Import(_) => IMPORT,
            Error::Grant(_) => GRANT,
            Error::Call(error) => error.code(),
            Error::Trap(trap) => trap.code(),
            Error::Abstain(abstain) => abstain.code(),
        }
    }

    /// What a link sends beside [`Error::code`]: an import's index, a rule's number, a grant's place, else 0.
    pub const fn detail(self) -> u16 {
        match self {
            Error::Import(index) => index,
            Error::Rule(number) | Error::Grant(number) => number as u16,
            _ => 0,
        }
    }

    /// The error that `code` and `detail` stand for; `None` for a number that this version does not know.
    pub fn from_code(code: u8, detail: u16) -> Option<Self> {
        match code {
            IMPORT => return Some(Error::Import(detail)),
            RULE => return u8::try_from(detail).ok().map(Error::Rule),
            GRANT => return u8::try_from(detail).ok().map(Error::Grant),
            _ => {}
        }
        None.or_else(|| codec::Error::from_code(code).map(Error::Codec))
            .or_else(|| ModuleError::from_code(code).map(Error::Module))
            .or_else(|| CallError::from_code(code).map(Error::Call))
            .or_else(|| Trap::from_code(code).map(Error::Trap))
            .or_else(|| Abstain::from_code(code).map(Error::Abstain))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Codec(error) => error.fmt(f),
            Error::Module(error) => error.fmt(f),
            Error::Rule(number) => write!(f, "the module breaks rule {number} of the check"),
            Error::Import(index) => write!(f, "import {index} is not offered by this host"),
            Error::Grant(place) => write!(f, "grant {place} that the guest wants is not given by this host"),
            Error::Call(error) => error.fmt(f),
            Error::Trap(trap) => trap.fmt(f),
            Error::Abstain(abstain) => abstain.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

macro_rules! from {
    ($($inner:ty => $variant:ident),*) => {$(
        impl From<$inner> for Error {
            fn from(inner: $inner) -> Self { Error::$variant(inner) }
        }
    )*};
}
from!(codec::Error => Codec, ModuleError => Module, CallError => Call, Trap => Trap, Abstain => Abstain);

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Error::Trap(Trap::Host(fault))
    }
}

/// Declares an enum whose variants have a number that travels and a text.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant = $code,)* }

        impl $name {
            /// The number that stands for this on a link.
            pub const fn code(self) -> u8 { self as u8 }

            /// What `code` stands for; `None` for a number that is not one of these.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)* })
            }
        }

        impl core::error::Error for $name {}
    };
}
pub(crate) use codes;

codes! {
    /// Why a module was refused.
    ModuleError {
        /// The bytes are not a valid module, or use a feature outside the accepted set.
        Invalid = 32, "not a valid WebAssembly module, or it uses a feature that guests may not use";
        /// The guest was built for an ABI newer than this host's.
        AbiVersion = 37, "the guest was built for a newer ABI than this host knows";
        /// The guest's `__aingle_abi` record lies outside its memory, or names areas that do.
        AbiRecord = 38, "the guest's __aingle_abi record is not sound";
    }
}

/// [`Error::Import`] on a link.
const IMPORT: u8 = 48;

/// [`Error::Rule`] on a link.
const RULE: u8 = 49;

/// [`Error::Grant`] on a link.
const GRANT: u8 = 50;

codes! {
    /// Why a call could not be made.
    CallError {
        /// The guest exports no function of that name.
        NoEntry = 64, "the guest has no entry of that name";
        /// The export is not a function of an entry's type, `(i32, i32) -> i64`.
        EntryType = 65, "that export is not an entry: its type is not (i32, i32) -> i64";
        /// The export takes other arguments, or more than [`MAX_VALUES`](crate::engine::MAX_VALUES).
        Arguments = 66, "the export takes other arguments";
        /// A trapped guest could not be started afresh; load it again.
        Lost = 67, "the guest was lost when it could not be started afresh: load it again";
        /// The request is longer than an envelope can say.
        RequestTooLong = 68, "the request is longer than an envelope can carry";
        /// The call was under way when something else was asked of its guest, which ended it.
        Ended = 69, "the call was ended by another use of its guest";
        /// The guest has another job to do first.
        Busy = 70, "the guest is busy with another call";
        /// The guest failed, and does nothing for a while or until it is revived.
        Resting = 71, "the guest rests after it failed: wait, or revive it";
        /// The guest failed, or its engine did too often, and it does nothing more.
        Stopped = 72, "the guest was stopped after it failed: load it again";
    }
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Trap {
    /// The call's fuel did not suffice.
    OutOfFuel,
    /// Calls were nested too deeply.
    StackOverflow,
    /// An access past the end of memory.
    MemoryOutOfBounds,
    /// An access past the end of a table.
    TableOutOfBounds,
    /// A call through an empty table slot.
    IndirectCallToNull,
    /// A call through a table slot of another type.
    BadSignature,
    /// An integer division by zero.
    IntegerDivisionByZero,
    /// A signed division whose quotient does not fit.
    IntegerOverflow,
    /// A float to integer conversion of NaN or of a value that does not fit.
    BadConversionToInteger,
    /// The guest ran `unreachable`: a panic, as a rule.
    Unreachable,
    /// The host stopped the guest.
    Host(Fault),
}

impl Trap {
    /// The number that stands for this trap on a link.
    pub const fn code(self) -> u8 {
        match self {
            Trap::OutOfFuel => 96,
            Trap::StackOverflow => 97,
            Trap::MemoryOutOfBounds => 98,
            Trap::TableOutOfBounds => 99,
            Trap::IndirectCallToNull => 100,
            Trap::BadSignature => 101,
            Trap::IntegerDivisionByZero => 102,
            Trap::IntegerOverflow => 103,
            Trap::BadConversionToInteger => 104,
            Trap::Unreachable => 105,
            Trap::Host(fault) => fault.code(),
        }
    }

    /// The trap that `code` stands for.
    pub fn from_code(code: u8) -> Option<Self> {
        Trap::PLAIN
            .into_iter()
            .find(|trap| trap.code() == code)
            .or_else(|| Fault::from_code(code).map(Trap::Host))
    }

    /// The trap's name in reports, in snake case.
    pub const fn name(self) -> &'static str {
        match self {
            Trap::OutOfFuel => "out_of_fuel",
            Trap::StackOverflow => "stack_overflow",
            Trap::MemoryOutOfBounds => "memory_out_of_bounds",
            Trap::TableOutOfBounds => "table_out_of_bounds",
            Trap::IndirectCallToNull => "indirect_call_to_null",
            Trap::BadSignature => "bad_signature",
            Trap::IntegerDivisionByZero => "integer_division_by_zero",
            Trap::IntegerOverflow => "integer_overflow",
            Trap::BadConversionToInteger => "bad_conversion_to_integer",
            Trap::Unreachable => "unreachable",
            Trap::Host(_) => "host",
        }
    }

    /// Every trap that WebAssembly itself knows, in the order of their codes.
    pub const PLAIN: [Trap; 10] = [
        Trap::OutOfFuel,
        Trap::StackOverflow,
        Trap::MemoryOutOfBounds,
        Trap::TableOutOfBounds,
        Trap::IndirectCallToNull,
        Trap::BadSignature,
        Trap::IntegerDivisionByZero,
        Trap::IntegerOverflow,
        Trap::BadConversionToInteger,
        Trap::Unreachable,
    ];
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trap::OutOfFuel => "out of fuel",
            Trap::StackOverflow => "calls nested too deeply",
            Trap::MemoryOutOfBounds => "access past the end of memory",
            Trap::TableOutOfBounds => "access past the end of a table",
            Trap::IndirectCallToNull => "call through an empty table slot",
            Trap::BadSignature => "call through a table slot of another type",
            Trap::IntegerDivisionByZero => "integer division by zero",
            Trap::IntegerOverflow => "integer overflow",
            Trap::BadConversionToInteger => "float to integer conversion that does not fit",
            Trap::Unreachable => "the guest ran unreachable, as after a panic",
            Trap::Host(fault) => return fault.fmt(f),
        })
    }
}

impl core::error::Error for Trap {}

codes! {
    /// Why the host stopped a guest.
    Fault {
        /// The request of a host call lies outside the guest's memory.
        RequestRange = 112, "the guest called the host with a range outside its memory";
        /// The request of a host call overlaps the place of the reply.
        Overlap = 113, "the guest's request to the host overlaps the place of the reply";
        /// The request of a host call is not an envelope.
        RequestEnvelope = 114, "the guest's request to the host is not an envelope";
        /// A host call from within the allocator that the host called.
        Reentry = 115, "the guest called the host while the host was asking it for memory";
        /// The guest has neither an inbox nor an allocator that is large enough for the request or reply.
        NoRoom = 116, "the guest has no room for what the host must hand it";
        /// The guest's allocator gave a range outside its memory, or one that overlaps what is live.
        Allocator = 117, "the guest's allocator gave a range that it may not";
        /// The guest's answer lies outside its memory.
        ReplyRange = 118, "the guest's answer lies outside its memory";
        /// The guest's answer is not the envelope that it must be.
        ReplyEnvelope = 119, "the guest's answer is not a sound envelope";
        /// A host function ended the guest on purpose.
        Stopped = 120, "a host function stopped the guest";
    }
}

codes! {
    /// What this machine ran out of.
    Abstain {
        /// Memory: the host's own, or more than [`Limits::memory`](crate::engine::Limits::memory) for the guest.
        Memory = 128, "this machine has not enough memory for the guest";
        /// The engine failed in a way that is no verdict on the guest.
        Engine = 130, "the engine failed";
        /// The module has more bytes than [`Limits::module`](crate::engine::Limits::module).
        Module = 131, "the module is longer than this machine takes";
        /// A host function, or the engine, panicked: an error of the host's.
        Panic = 132, "a host function or the engine panicked";
        /// The stack of the host's own that engine and host functions run on has ended.
        Stack = 133, "the stack of the engine or of a host function is too small";
        /// The guest is predicted to take more heap or stack than there is for it; it was not started.
        Room = 134, "the guest would take more heap or stack than this machine has for it";
        /// The guest's allocator took more than [`ALLOCATOR_FUEL`](crate::engine::ALLOCATOR_FUEL), which nothing can
        /// interrupt, of a job in slices.
        Time = 135, "the guest's allocator works longer than this machine can wait for it";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        let mut known = 0;
        for code in 0..=u8::MAX {
            if let Some(error) = Error::from_code(code, 7) {
                assert_eq!((error.code(), Error::from_code(code, 7)), (code, Some(error)));
                known += 1;
            }
        }
        assert!(known > 30, "{known} codes are known");
        assert_eq!(Error::Import(7).detail(), 7);
    }
}
