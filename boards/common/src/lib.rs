//! The heart of every board's firmware: a heap that knows its peak, compartments for guests, the state that a guest's
//! host functions need, the loop that serves a link, and what happens on a panic.
//!
//! ```text
//! bytes ──► port ──► serve ──► core::link::Service ──► Rooms ──► guest ──► Station ──► log, clock, pins
//!           (board)                 │
//! bytes ◄───────────────────────────┘
//! ```
//!
//! A board adds its port, its clock, its keys and its memory map.
#![no_std]

pub mod bench;
extern crate alloc;

pub mod compartment;
#[cfg(feature = "emulated")]
pub mod emulated;
#[cfg(any(feature = "emulated", feature = "hardware"))]
pub mod firmware;
#[cfg(feature = "hardware")]
pub mod hardware;
#[allow(unsafe_code)]
pub mod heap;
pub mod ring;
pub mod rooms;
pub mod serve;
#[cfg(any(feature = "hardware", feature = "suite"))]
#[allow(unsafe_code)]
mod shelf;
pub mod station;
pub mod time;
pub mod watchdog;

pub use bench::Bench;
pub use compartment::{Compartment, Room};
pub use heap::Heap;
pub use ring::Ring;
pub use rooms::Rooms;
pub use serve::serve;
pub use station::Station;
