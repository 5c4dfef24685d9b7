//! What boards that people flash share: the log goes to a debug probe by RTT, and a chip that cannot go on starts anew.
//!
//! ```text
//! UART's interrupt ─► Ring ─► Port ─► firmware ─► Rooms, in Guests ─► Parts
//! (board)                     ▲                                      (board's pins)
//!                      board's UART, to write
//! ```

#[cfg(target_arch = "arm")]
#[allow(unsafe_code)]
mod arm;
#[cfg(target_arch = "arm")]
pub mod clock;
#[cfg(target_arch = "arm")]
mod cycles;
mod edges;
pub mod firmware;
#[allow(unsafe_code)]
pub mod guests;
pub mod pair;
pub mod parts;
pub mod port;
mod wait;

#[cfg(target_arch = "arm")]
pub use cycles::Cycles;
pub use edges::Edges;
pub use firmware::Chip;
pub use guests::Guests;
pub use pair::Pair;
pub use parts::Parts;
pub use port::Port;
pub use wait::wait;

use crate::compartment;

// Brings the log's transport in: nothing calls it by name.
use defmt_rtt as _;

/// Says that the firmware panicked; for its panic handler, which then starts the chip anew. In a compartment it does not
/// come back.
pub fn panicked() {
    compartment::panicked();
    defmt::error!("the firmware panicked");
}

/// Waits for an interrupt.
fn sleep() {
    #[cfg(target_arch = "arm")]
    cortex_m::asm::wfi();
    #[cfg(target_arch = "riscv32")]
    riscv::asm::wfi();
}
