//! QEMU's machine `mps2-an386`, as far as firmware here needs it.
#![no_std]

#[allow(unsafe_code)]
pub mod cmsdk;
