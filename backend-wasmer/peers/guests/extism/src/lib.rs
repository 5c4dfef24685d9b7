//! Gives back what it is sent.

use extism_pdk::*;

#[plugin_fn]
pub fn echo(request: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(request)
}
