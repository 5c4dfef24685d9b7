//! Writes into a guest the charges that a metering engine would make, so that an engine without metering uses
//! the same fuel and stops at the same place.
//!
//! Three globals are added and exported for the host:
//!
//! | export | type | before a call | after it |
//! |---|---|---|---|
//! | [`FUEL`] | `i64` | units to spend, unsigned: the host sets it | units left |
//! | [`DEPTH`] | `i32` | frames that may be open, [`Spec::depth`] from the start | the same; of no meaning after a trap |
//! | [`STATE`] | `i32` | 0 from the start | 0; after a trap a [`Stop`], or 0 for a reason of the guest's own |
//!
//! Beside each exported function of type `(i32, i32) -> i64` there is one by the name [`call`]. It takes the fuel as a
//! third argument and gives what is left as a second result, so that such a call costs no look at a global.
//!
//! After a trap the host sets the last two globals anew, if it uses the instance again at all.
//!
//! A host that calls the guest again while one of its own functions runs sets the depth for that call and puts
//! back what it found.
//!
//! ```text
//!   block $deep                          trap: too deep
//!     block $poor                        trap: out of fuel
//!       depth = 0 ?  br $deep
//!       fuel < c0 ?  br $poor            charge of the entry
//!       block $body
//!         …                              the function as it was, and
//!         fuel < c1 ?  br $poor          a charge behind each loop, if and else
//!       end
//!       return
//!     end  state = 1  unreachable
//!   end  state = 2  unreachable
//! ```
//!
//! The guest's own mutable globals are exported by their [names](crate::globals), for a host that puts them back.
//!
//! `memory.copy`, `memory.fill` and `memory.grow` become calls of functions that check bounds, charge by the
//! byte, then act. Nothing is renumbered: types, functions, globals and exports are appended.

mod body;
mod entry;
mod facts;
mod helper;
mod module;

use self::{facts::Facts, module::Writer};
use crate::{Error, Profile, check, features, globals, small_memory, spec::Spec};

/// Name of the exported global that holds the fuel that is left.
pub const FUEL: &str = "__aingle_fuel";

/// Name of the exported global that holds the number of frames that may still be opened.
pub const DEPTH: &str = "__aingle_fuel_depth";

/// Name of the exported global that says why the guest stopped.
pub const STATE: &str = "__aingle_fuel_state";

/// Name of the exported function that was the module's start function.
pub const START: &str = "__aingle_fuel_start";

/// Name of the exported function that takes and gives fuel and calls the one with this place among all exports, from 0.
/// It is as short for a guest's longest name.
pub fn call(place: usize) -> String {
    format!("__aingle_fuel_call_{place}")
}

/// Lowers a guest, and gives it pages of 64 KiB as [`small_memory::rewrite`] does. What memory and table may
/// grow to must stand in the module: [`growth::clamp`](crate::growth::clamp) comes first.
///
/// Of a guest that is not canonical the charges are those of the source, not those of an engine that folds
/// constants.
///
/// A start function is not run when the module is instantiated; it is exported as [`START`], for the host to
/// call first of all, under fuel.
///
/// # Errors
///
/// - [`Reason::Refused`](crate::Reason::Refused) when the [check](check()) refuses the module, even for
///   [servers](Profile::SERVER).
/// - [`Reason::Invalid`](crate::Reason::Invalid) when it is not valid.
pub fn lower(wasm: &[u8], spec: &Spec) -> Result<Lowered, Error> {
    check(wasm, &Profile::SERVER.with_any_control_flow())?;
    features::validate(wasm)?;
    let exported = globals::export(wasm)?;
    let mut facts = Facts::read(&exported)?;
    facts.memory.bound(spec.memory_growth());
    let lowered = Writer::new(&exported, spec, &facts).module()?;
    let placed = small_memory::rewrite(&lowered)?;
    let shift = placed.shift;
    Ok(Lowered { wasm: placed.wasm.into_owned(), shift, starts: facts.start.is_some() })
}

/// A guest that meters itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lowered {
    /// The module.
    pub wasm: Vec<u8>,
    /// Where the guest's address 0 lies in its memory, in bytes; see [`small_memory::Rewritten::shift`].
    pub shift: u32,
    /// Whether it has a start function, exported as [`START`].
    pub starts: bool,
}

/// Why a lowered guest stopped, where its engine sees nothing but `unreachable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Stop {
    /// A charge did not fit; what was left is left.
    OutOfFuel = 1,
    /// A call beyond the depth.
    StackOverflow = 2,
    /// A bulk operation beyond the memory.
    MemoryOutOfBounds = 3,
    /// The machine had no memory for a growth that the guest was entitled to and has paid for.
    OutOfSystemMemory = 4,
}

impl Stop {
    /// Reads the value of [`STATE`]; 0 and unknown values are none.
    pub const fn from_state(state: i32) -> Option<Self> {
        match state {
            1 => Some(Self::OutOfFuel),
            2 => Some(Self::StackOverflow),
            3 => Some(Self::MemoryOutOfBounds),
            4 => Some(Self::OutOfSystemMemory),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_survives_its_global() {
        let stops = [Stop::OutOfFuel, Stop::StackOverflow, Stop::MemoryOutOfBounds, Stop::OutOfSystemMemory];
        for stop in stops {
            assert_eq!(Stop::from_state(stop as i32), Some(stop));
        }
        assert_eq!(Stop::from_state(0), None);
        assert_eq!(Stop::from_state(5), None);
    }
}
