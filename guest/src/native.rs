//! What stands in for the host's side where there is none: a guest crate that is compiled for the
//! desktop, to test its functions.

#[cfg(feature = "hal")]
#[path = "native/hal.rs"]
pub mod hal;

use crate::log::Line;
use crate::{Arena, Error, HostError};

/// None: no request comes without a host.
pub struct Turn<'turn> {
    pub request: &'turn [u8],
    arena: &'turn Arena,
}

impl<'turn> Turn<'turn> {
    pub fn arena(&self) -> &'turn Arena {
        self.arena
    }
}

pub fn turn<R>(_ptr: u32, _len: u32, _entry: impl FnOnce(&Turn<'_>) -> Result<R, Error>) -> Result<R, Error> {
    Err(Error::NoHost)
}

pub fn by_hand(_ptr: u32, _len: u32) -> Result<&'static [u8], Error> {
    Err(Error::NoHost)
}

pub fn outlasts(_bytes: &[u8]) -> bool {
    // An answer here goes nowhere: nothing to copy.
    true
}

pub fn copy(_bytes: &[u8]) -> Option<u32> {
    None
}

/// What a host would have answered.
pub struct Held(pub &'static [u8]);

impl Held {
    pub fn ask(_import: impl FnOnce(u32, u32) -> u64, _payload: &[u8]) -> Result<(Self, bool), HostError> {
        Err(HostError::NoHost)
    }

    pub fn bytes(&self) -> &[u8] {
        self.0
    }
}

pub fn log(Line(_line): Line<'_>) {}

pub extern "C" fn time_import(_ptr: u32, _len: u32) -> u64 {
    0
}

pub fn abort() -> ! {
    panic!("no memory")
}
