//! The same requests on every target: both engines of a desktop, and the firmware of an emulated board; the golden
//! vectors on every board there is.
//!
//! A case opens what it needs and names what differs. It needs the emulators, and builds the firmware and the example
//! guests.

#![forbid(unsafe_code)]

mod all;
mod chips;
mod differential;
#[path = "../support/examples.rs"]
mod examples;
mod faults;
mod frames;
mod guests;
mod keys;
mod local;
mod monitor;
mod noise;
mod numbers;
mod predecessor;
mod presses;
mod refused;
mod seen;
mod serial;
#[path = "../vectors/set.rs"]
mod set;
mod several;
mod sharing;
mod told;
#[path = "../support/tries.rs"]
mod tries;
mod vectors;
mod wired;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut trials = Vec::new();
    differential::list(&mut trials);
    predecessor::list(&mut trials);
    faults::list(&mut trials);
    frames::list(&mut trials);
    refused::list(&mut trials);
    keys::list(&mut trials);
    noise::list(&mut trials);
    numbers::list(&mut trials);
    several::list(&mut trials);
    sharing::list(&mut trials);
    told::list(&mut trials);
    vectors::list(&mut trials);
    chips::list(&mut trials);
    wired::list(&mut trials);
    serial::list(&mut trials);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

type Done = Result<(), Failed>;

/// Says where and what, when a case's condition does not hold.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+).into());
        }
    };
}
use ensure;

fn trial(name: &str, case: impl FnOnce() -> Done + Send + 'static) -> Trial {
    Trial::test(name, case)
}
