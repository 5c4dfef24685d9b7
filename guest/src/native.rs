//! What stands in for the host's side where there is none: a guest crate that is compiled for the
//! desktop, to test its functions.

use crate::{Arena, Error, HostError, Reply};

pub fn request(_ptr: u32, _len: u32) -> Result<&'static [u8], Error> {
    Err(Error::NoHost)
}

pub fn arena() -> &'static Arena {
    unreachable!("no call begins without a host")
}

pub fn outlasts(_bytes: &[u8]) -> bool {
    // An answer here goes nowhere: nothing to copy.
    true
}

pub fn copy(_bytes: &[u8]) -> Option<&'static [u8]> {
    None
}

pub fn in_entry() -> bool {
    false
}

pub fn set_in_entry(_inside: bool) {}

pub fn set_one_way(_one_way: bool) {}

pub fn take_one_way() -> bool {
    false
}

pub fn hold_reply() -> Result<(), HostError> {
    Err(HostError::NoHost)
}

pub fn reply(_packed: u64) -> Result<Reply, HostError> {
    Err(HostError::NoHost)
}

pub fn release_reply() {}

pub fn log(_line: &[u8]) {}

pub fn time_import(_ptr: u32, _len: u32) -> u64 {
    0
}

pub fn abort() -> ! {
    panic!("no memory")
}
