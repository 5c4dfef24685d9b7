use aingle_wasm_guest::prelude::*;

#[entry]
fn pressed(event: Event<'_>) -> &'static [u8] {
    let _ = event;
    b"nobody hears this"
}

fn main() {}
