//! Counts the instructions of entering a compartment and leaving it, with nothing done there, and says so on the console.
#![no_std]
#![no_main]

#[path = "../machine.rs"]
mod machine;

use core::{fmt::Write, hint::black_box};

use aingle_wasm_boards_common::{
    Compartment, Heap, Room,
    emulated::{Console, end, entry, exit, port},
};
use machine::MACHINE;
use static_cell::ConstStaticCell;

#[global_allocator]
static HEAP: Heap<{ 4 << 10 }> = Heap::new();

static ROOM: ConstStaticCell<Room<{ 4 << 10 }, { 4 << 10 }>> = ConstStaticCell::new(Room::new());

#[entry]
fn main() -> ! {
    let _port = port::Port::open(MACHINE);
    #[allow(unsafe_code)]
    // SAFETY: nothing is made in it.
    let mut compartment = Compartment::new(unsafe { ROOM.take().open() });
    let well = compartment.load(|| Ok(0_u32)).is_ok();
    let mut counted = |enter: bool| {
        let begin = port::nanos();
        for _ in 0..ROUNDS {
            if black_box(enter) {
                // A guest that is not there would be seen in the end.
                _ = compartment.with(|count| *count += 1);
            }
        }
        let nanos = port::nanos().zip(begin).map_or(0, |(end, begin)| end - begin);
        nanos / NANOS_PER_INSTRUCTION
    };
    let [with, without] = [true, false].map(&mut counted);
    let all = compartment.with(|count| *count) == Ok(ROUNDS);
    let said = writeln!(Console, "enter and leave {}", (with - without) / u64::from(ROUNDS));
    end(if well && all && said.is_ok() { exit::DONE } else { exit::FAILED })
}

/// The clock's steps are shorter than an instruction, and reading it takes some.
const ROUNDS: u32 = 1000;

/// As the emulator counts them.
const NANOS_PER_INSTRUCTION: u64 = 64;
