use aingle_wasm_guest::prelude::*;

#[entry]
fn any<T: AsRef<[u8]>>(input: T) -> Result<T, T> {
    Ok(input)
}

fn main() {}
