//! Gives back what it is sent, in MessagePack's own form for bytes.

use holochain_wasmer_guest::*;
use serde_bytes::ByteBuf;

#[unsafe(no_mangle)]
pub extern "C" fn echo(guest_ptr: usize, len: usize) -> DoubleUSize {
    match host_args::<ByteBuf>(guest_ptr, len) {
        Ok(request) => return_ptr(request),
        Err(error) => error,
    }
}
