//! The binary `check` of every emulated board: the check of guests and nothing else, for its size.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;

use aingle_wasm_boards_common::{
    Heap,
    emulated::{bench::is_taken, end, entry, exit},
};

#[global_allocator]
static HEAP: Heap<{ 4 << 10 }> = Heap::new();

/// Without it the image is what it is compared with.
const CHECKED: bool = option_env!("BENCH_UNCHECKED").is_none();

#[entry]
fn main() -> ! {
    // Kept, as an image with a check has them.
    black_box(Vec::<u8>::with_capacity(black_box(1)));
    let wasm = black_box::<&[u8]>(b"\0asm\x01\0\0\0");
    let taken = !CHECKED || is_taken(wasm);
    end(if taken { exit::DONE } else { exit::FAILED })
}
