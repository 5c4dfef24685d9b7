//! To look after a board's guest.

use aingle_wasm::On;
use clap::{Args, Subcommand, ValueEnum};

use super::Link;

#[derive(Args)]
#[command(after_help = "Examples:
  aingle-wasm guest health --on /dev/ttyACM0 --guest 1
  aingle-wasm guest keep --after-fault restart --back-off 500 --on tcp:localhost:7777
  aingle-wasm guest cancel --on /dev/ttyACM0 --json")]
pub struct Guest {
    #[command(subcommand)]
    pub verb: GuestVerb,
}

#[derive(Subcommand)]
pub enum GuestVerb {
    /// Say how the guest is, what it did, and how it is treated
    Health(Reach),
    /// Have the guest treated otherwise from its next fault on; what is not given stays
    Keep(Keep),
    /// Let a guest that rests after a fault, or waits for this word, take calls again
    Revive(Reach),
    /// End the call that the guest is at
    Cancel(Reach),
    /// End the guest
    Unload(Reach),
}

/// Which guest is meant, and how it is told of.
#[derive(Args)]
pub struct Reach {
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
    /// Where the guest is: a serial port such as /dev/ttyACM0, tcp:HOST:PORT, or any other target
    #[arg(long, value_name = "TARGET")]
    pub on: On,
    #[command(flatten)]
    pub link: Link,
}

/// How a guest is treated.
#[derive(Args)]
pub struct Keep {
    /// What follows a trap, or an abstention of its engine
    #[arg(long, value_name = "WHAT")]
    pub after_fault: Option<Policy>,
    /// How long it rests before it is restarted, the first time in a row
    #[arg(long, value_name = "MILLISECONDS")]
    pub back_off: Option<u32>,
    /// Slices that it gets in a row when other guests want theirs
    #[arg(long, value_name = "SLICES", value_parser = clap::value_parser!(u8).range(1..))]
    pub weight: Option<u8>,
    /// Abstentions in a row that stop it, 0 for none
    #[arg(long, value_name = "N")]
    pub abstentions: Option<u8>,
    #[command(flatten)]
    pub reach: Reach,
}

/// What follows a fault.
#[derive(Clone, Copy, ValueEnum)]
pub enum Policy {
    /// It does no more until it is loaded again
    Stop,
    /// It is started afresh
    Restart,
    /// It waits for `guest revive`
    Ask,
}
