//! The suite of `tests` on this machine: a line for each case.

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::link;

use super::{Console, Done};

/// Runs every case; says so. A case fails too when it leaves something on the heap, which `heap` is asked for.
pub fn all(heap: fn() -> link::Heap) -> Done<&'static str> {
    let (mut passed, mut failed) = (0, 0);
    let mut run = |name: &str, case: aingle_wasm_tests::Case<Engine>| {
        let result = case(Engine::default());
        // The emulator's exit code says the same when nobody reads the lines.
        let _ = match &result {
            Ok(()) => writeln!(Console, "{name}: ok"),
            Err(failure) => writeln!(Console, "{name}: FAILED: {failure}"),
        };
        match result {
            Ok(()) => passed += 1,
            Err(_) => failed += 1,
        }
        let left = heap().used;
        if left != 0 {
            failed += 1;
            let _ = writeln!(Console, "{name}: FAILED: {left} bytes of heap are still in use");
        }
    };
    aingle_wasm_tests::for_each(&mut run);
    aingle_wasm_tests::for_each_sliced(&mut run);
    let _ = writeln!(Console, "{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { Ok("every case") } else { Err("not every case passed") }
}
