use aingle_wasm_guest::prelude::*;

host_externs!(__aingle_secret);

fn main() {}
