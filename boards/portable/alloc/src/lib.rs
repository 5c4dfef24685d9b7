//! The standard library's `alloc`, whose `sync` is there also where the chip has no compare-and-swap.
//!
//! A dependency of this name takes the standard one's place wherever a crate says `extern crate alloc`.
#![no_std]

extern crate alloc as standard;

pub use standard::*;

/// Reference counts that are shared between threads, and what they are made of.
pub mod sync {
    pub use portable_atomic as atomic;
    pub use portable_atomic_util::{Arc, Weak};
}
