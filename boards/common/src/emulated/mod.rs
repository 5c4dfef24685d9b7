//! The firmware of boards in an emulator: the log goes to the semihosting console, and the machine can end itself.
//!
//! ```text
//! interrupt ─► machine ─► port ─► firmware ─► serve
//!              (one file an architecture)
//! ```

#[cfg(feature = "suite")]
mod allocations;
#[cfg(feature = "suite")]
mod arguments;
#[cfg(feature = "bench")]
pub mod bench;
#[cfg(feature = "suite")]
mod bus;
#[cfg(feature = "suite")]
mod calls;
#[cfg(feature = "suite")]
mod cases;
#[cfg(feature = "suite")]
mod compartments;
#[cfg(feature = "suite")]
mod conformance;
#[cfg(feature = "suite")]
mod drivers;
pub mod firmware;
#[cfg(feature = "suite")]
mod key;
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv32", path = "riscv.rs")]
#[allow(unsafe_code)]
pub mod machine;
#[cfg(feature = "suite")]
pub mod needs;
#[cfg(feature = "parts")]
pub mod parts;
pub mod port;
#[cfg(feature = "suite")]
mod records;
#[cfg(feature = "parts")]
mod serial;
#[cfg(feature = "suite")]
pub mod suite;
#[cfg(feature = "suite")]
mod told;
#[cfg(feature = "suite")]
mod torture;

use core::fmt::{self, Write as _};

pub use machine::{Machine, entry};
use semihosting::io::{self, Write as _};

use crate::compartment;

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

/// What a check came to; else what is wrong.
#[cfg(feature = "suite")]
type Done<T = ()> = Result<T, &'static str>;

/// The emulator's standard error, apart from the log.
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut console = io::stderr().map_err(|_| fmt::Error)?;
        console.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// Looking at what the panic says would link the formatting of every message: a quarter of the image.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    compartment::panicked();
    // Nobody is left who could be told when this fails.
    let _ = Console.write_str("the firmware panicked\n");
    end(exit::PANICKED)
}
