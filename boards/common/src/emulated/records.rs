//! Records in a file of the emulator's machine: a length as a little-endian `u32`, then as many bytes.

extern crate alloc;

use alloc::{ffi::CString, vec::Vec};

use semihosting::{
    fs::File,
    io::{Error, ErrorKind, Read as _},
};

use super::arguments;

/// Hands each record of the file that the argument at that place names to `take`.
pub fn each(argument: usize, mut take: impl FnMut(&[u8])) -> Result<(), Error> {
    let path = arguments::word(argument).and_then(|path| CString::new(path.as_bytes()).ok());
    let mut file = File::open(path.ok_or(ErrorKind::InvalidInput)?)?;
    let mut left = file.metadata()?.len();
    let mut bytes = Vec::new();
    while left > 0 {
        let mut len = [0; 4];
        file.read_exact(&mut len)?;
        let len = u32::from_le_bytes(len);
        bytes.resize(len as usize, 0);
        file.read_exact(&mut bytes)?;
        left = left.saturating_sub(4 + u64::from(len));
        take(&bytes);
    }
    Ok(())
}
