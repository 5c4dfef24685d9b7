#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "std", test))]
extern crate std;

pub mod abi;
pub mod codec;
pub mod crc;
pub mod engine;
pub mod envelope;
pub mod error;
pub mod events;
#[cfg(feature = "defmt")]
mod format;
pub mod guest;
pub mod hal;
pub mod host;
pub mod link;
pub mod log;
pub mod memory;
mod panic;
#[cfg(feature = "std")]
pub mod pool;
#[cfg_attr(not(feature = "std"), path = "trace_off.rs")]
mod trace;
