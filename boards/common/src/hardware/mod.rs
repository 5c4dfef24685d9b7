//! What boards that people flash share: the log goes to a debug probe by RTT, and a chip that cannot go on starts anew.
//!
//! ```text
//! UART's interrupt ─► Ring ─► Port ─► firmware
//! (board)                     ▲
//!                      board's UART, to write
//! ```

#[cfg(all(feature = "hardware", target_arch = "arm"))]
mod arm;
#[cfg(target_arch = "arm")]
pub mod clock;
pub mod port;

pub use port::Port;

// Brings the log's transport in: nothing calls it by name.
use defmt_rtt as _;
