//! What should reset a chip, for so many seconds: damaged modules and frames, or guests that come, go, trap and are
//! abandoned in a random order. It is made here from a number, which says all of it.

mod frames;
mod modules;
mod soak;

use core::fmt::Write as _;

use aingle_wasm_core::link;
use aingle_wasm_tests::Siege;
use semihosting::sys::arm_compat::sys_time;
pub use soak::run as soak;

use super::{
    Console, Done, arguments,
    compartments::{Lab, OURS, abandoned_rooms, pace},
    machine,
};

/// What is done in two compartments, made of a seed, until the time is over.
pub type Torture = fn([Lab; 2], u64, &Clock) -> Done;

/// Does it for the seconds and with the seed that the arguments say; says so. `heap` says how full the host's heap is.
pub fn all(torture: Torture, heap: fn() -> link::Heap) -> Done<&'static str> {
    let labs = Lab::pair(heap);
    machine::tick();
    let (Some(seconds), Some(seed)) = (arguments::number(1), arguments::number(2)) else {
        return Err("seconds and a seed are missing");
    };
    torture(labs, seed, &Clock::for_seconds(seconds))?;
    Ok("0 resets")
}

/// Modules, frames and what is said over a link in turn, each made hostile by its number.
pub fn hostile([mut lab, mut neighbour]: [Lab; 2], seed: u64, clock: &Clock) -> Done {
    let expected = lab.attempt(&OURS).map_err(|_| "the first clean run fails")?;
    let mut modules = modules::Modules::new();
    let mut frames = frames::Frames::new(&mut neighbour)?;
    let mut siege = Siege::new(abandoned_rooms(pace(|| None)), u64::MAX);
    let mut number = 0;
    while !clock.is_over() || number == 0 {
        for _ in 0..ROUND {
            modules.next(&mut lab, seed.wrapping_add(number));
            frames.next(&mut neighbour, seed.wrapping_add(number))?;
            siege.next(seed.wrapping_add(number))?;
            number += 1;
        }
        lab.is_well(&OURS, expected)?;
        siege.is_well()?;
    }
    neighbour.is_well(&OURS, expected)?;
    let abandoned = lab.compartment.abandoned();
    let _ = writeln!(Console, "seed {seed}, {} hostile modules and frames", 3 * number);
    let _ = writeln!(Console, "modules: {modules}");
    let _ = writeln!(
        Console,
        "  abandoned for want of memory {}, of stack {}, for a panic {}, for a fault {}",
        abandoned.memory, abandoned.stack, abandoned.panic, abandoned.fault
    );
    let _ = writeln!(Console, "frames: {frames}");
    let _ = writeln!(Console, "over the link: {siege}");
    let panics: u32 = (0..3).map(|guest| siege.guests().abandoned(guest).panic).sum();
    let _ = writeln!(Console, "  guests abandoned for a panic {panics}");
    modules.is_telling().and_then(|()| frames.is_telling()).and_then(|()| siege.is_telling())
}

/// The seconds of the machine that emulates this one.
pub struct Clock {
    end: u64,
}

impl Clock {
    fn for_seconds(seconds: u64) -> Self {
        Self { end: now().saturating_add(seconds) }
    }

    fn is_over(&self) -> bool {
        now() >= self.end
    }
}

fn now() -> u64 {
    sys_time().map_or(u64::MAX, |seconds| seconds as u64)
}

/// Modules, and frames, between two looks at host and clock.
const ROUND: u32 = 200;
