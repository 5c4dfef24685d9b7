//! What a guest uses: `use aingle_wasm_guest::prelude::*;`.

pub use crate::{
    Arena, Error, Event, HostError, Reply, debug, entry, error, host_args, host_externs, info, return_err,
    return_ok, time, trace, warn,
};
