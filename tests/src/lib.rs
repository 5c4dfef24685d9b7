//! One suite of cases over every engine and every machine.
//!
//! The cases are generic over the engine and need neither `std` nor an allocator of their own, so a firmware
//! runs the very same ones: it lists nothing but its engine.
//!
//! ```
//! use aingle_wasm_backend_wasmi::Engine;
//!
//! aingle_wasm_tests::for_each(|name, case| {
//!     if let Err(failure) = case(Engine::default()) {
//!         panic!("{name}: {failure}");
//!     }
//! });
//! ```
//!
//! Cases named `fault_31_…` answer for the entry of that number in the project's list of faults.
#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
mod failure;
#[macro_use]
mod probe;
mod cases;
pub mod damage;
pub mod guests;
pub mod script;
pub mod siege;
mod slices;

pub use cases::for_each;
pub use damage::Damage;
pub use failure::Failure;
pub use probe::{IMPORTS, LIMITS, Probe};
pub use siege::Siege;
pub use slices::{Slicer, for_each_sliced};

/// A case: a function that makes its own guests on the engine.
pub type Case<E> = fn(E) -> Result<(), Failure>;

/// The snippets of the project's README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
