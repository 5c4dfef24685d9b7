//! For boards in an emulator: the log goes to the semihosting console, and the machine can end itself.

use semihosting::io::{self, Write};

// Brings the log's transport in: nothing calls it by name.
use defmt_semihosting as _;

/// Why the machine ended, as the emulator's exit code.
pub mod exit {
    /// All is well.
    pub const DONE: i32 = 0;
    /// What was to be checked is wrong.
    pub const FAILED: i32 = 1;
    /// The firmware panicked.
    pub const PANICKED: i32 = 101;
    /// The processor faulted.
    pub const FAULTED: i32 = 102;
}

/// Ends the machine; the emulator ends with `code`.
pub fn end(code: i32) -> ! {
    semihosting::process::exit(code)
}

/// Prints a line on the emulator's standard error, apart from the log.
pub fn print(parts: &[&str]) {
    if let Ok(mut console) = io::stderr() {
        for part in parts.iter().chain(&["\n"]) {
            // A console that fails has nobody who could be told.
            let _ = console.write_all(part.as_bytes());
        }
    }
}

/// Looking at what the panic says would link the formatting of every message: a quarter of the image.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    print(&["the firmware panicked"]);
    end(exit::PANICKED)
}
