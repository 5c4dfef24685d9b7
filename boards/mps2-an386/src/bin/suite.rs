//! Runs the suite of `tests` on this machine: a line for each case, then an exit code.
#![no_std]
#![no_main]

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_boards_common::{
    Heap,
    emulated::{self, Console, exit},
};
use cortex_m_rt::entry;
// Brings the handlers of faults and the critical section in: nothing calls them by name.
use mps2_an386 as _;

#[global_allocator]
static HEAP: Heap<{ 8 << 20 }> = Heap::new();

#[entry]
fn main() -> ! {
    let (mut passed, mut failed) = (0, 0);
    aingle_wasm_tests::for_each(|name, case| {
        let result = case(Engine);
        // The emulator's exit code says the same when nobody reads the lines.
        let _ = match &result {
            Ok(()) => writeln!(Console, "{name}: ok"),
            Err(failure) => writeln!(Console, "{name}: FAILED: {failure}"),
        };
        match result {
            Ok(()) => passed += 1,
            Err(_) => failed += 1,
        }
        if HEAP.stats().used != 0 {
            failed += 1;
            let _ = writeln!(Console, "{name}: FAILED: {} bytes of heap are still in use", HEAP.stats().used);
        }
    });
    let _ = writeln!(Console, "{passed} passed, {failed} failed");
    emulated::end(if failed == 0 && passed > 0 { exit::DONE } else { exit::FAILED })
}
