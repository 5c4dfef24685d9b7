#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod check;
mod counts;
pub mod globals;
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
pub use counts::Counts;
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
