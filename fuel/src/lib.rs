//! Reads and rewrites guests before an engine compiles them.
//!
//! A guest built for a chip declares its memory in pages of one byte, so that it owns exactly
//! the bytes it needs. Server engines know pages of 64 KiB only. [`small_memory::rewrite`] turns
//! the one into the other: the guest moves to the end of its last page, and the engine's own
//! guard stops it at exactly its last byte, at no cost at run time.
//!
//! ```text
//!   as built, n bytes                 as rewritten, whole pages
//!                                     0        shift                end of the last page
//!   0             n                   ├──────────┼─────────────────┤
//!   ├─────────────┤        ──>        │ unreach- │ 0             n │ trap
//!   │    guest    │ trap              │ able     │      guest      │
//!   └─────────────┘                   └──────────┴─────────────────┘
//! ```
//!
//! The guest does not notice: it counts its addresses from its own 0 and asks for its size in
//! bytes. A host that reads or writes the guest's memory adds [`Rewritten::shift`] to every
//! address.
//!
//! ```
//! use aingle_wasm_fuel::{Summary, small_memory};
//!
//! let guest = wat::parse_str(
//!     r#"(module
//!         (memory (export "memory") 1000 1000 (pagesize 1))
//!         (func (export "first") (result i32) (i32.load (i32.const 0))))"#,
//! )?;
//!
//! let rewritten = small_memory::rewrite(&guest)?;
//! assert_eq!(rewritten.shift, 65_536 - 1_000);
//!
//! let memory = Summary::read(&rewritten.wasm)?.memory.unwrap();
//! assert_eq!((memory.page, memory.minimum), (65_536, 65_536));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Fuel is charged by one [table](spec), and where wasmi charges it. An engine that cannot meter runs a
//! [lowered](lower()) guest, which does so itself.
//!
//! - [`spec`]: the operators that guests may use, and what each costs.
//! - [`check()`]: whether a module is accepted, the same on every machine; all that a chip needs.
//! - [`canonicalise()`]: repairs what an engine would decide before it runs.
//! - [`fence()`]: gives code that is often skipped a charge of its own.
//! - [`lower()`]: writes the charges of the table into a guest.
//! - [`regions()`]: how a guest is charged.
//! - [`small_memory`]: the rewriting.
//! - [`Summary`]: what a module imports, exports and asks for.
//! - [`Error`]: why a module was refused, and where.
//!
//! Everything is deterministic: the same module gives the same bytes and the same error.
//!
//! [`Rewritten::shift`]: small_memory::Rewritten::shift

#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod check;
pub mod spec;

#[cfg(feature = "std")]
pub mod canonicalise;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
pub mod features;
#[cfg(feature = "std")]
pub mod fence;
#[cfg(feature = "std")]
pub mod growth;
#[cfg(feature = "std")]
pub mod lower;
#[cfg(feature = "std")]
pub mod regions;
#[cfg(feature = "std")]
pub mod small_memory;
#[cfg(feature = "std")]
pub mod summary;

#[cfg(feature = "std")]
pub use canonicalise::canonicalise;
pub use check::{Profile, Refusal, Rule, check};
#[cfg(feature = "std")]
pub use error::{Error, Reason};
#[cfg(feature = "std")]
pub use fence::fence;
#[cfg(feature = "std")]
pub use lower::lower;
#[cfg(feature = "std")]
pub use regions::regions;
#[cfg(feature = "std")]
pub use summary::Summary;
