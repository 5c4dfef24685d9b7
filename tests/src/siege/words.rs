//! What somebody hostile chooses from.

use aingle_wasm_core::{
    engine::{Value, Values},
    link::{FaultPolicy, chunk_capacity},
};

use super::{FRAME, dice::Dice};
use crate::guests;

/// Mostly one that the guest has who is there most.
pub fn entry(dice: &mut Dice) -> &'static str {
    let known = if dice.roll(4) > 0 { 5 } else { ENTRIES.len() };
    dice.pick(&ENTRIES[..known])
}

pub fn arguments(dice: &mut Dice) -> Values {
    let some = [Value::I32(dice.number()), Value::I64(u64::MAX), Value::F32(dice.number()), Value::F64(0)];
    (0..dice.roll(5)).map(|_| dice.pick(&some)).collect()
}

pub const MODULES: &[&[u8]] = &[
    guests::TRAPS,
    guests::NUMBERS,
    guests::GROWING,
    guests::UNBOUNDED,
    guests::OURS,
    guests::FAR_STORE,
    REQUEST,
];

/// What guests have, what they keep to themselves, and what none has.
pub const ENTRIES: &[&str] = &[
    "work",
    "panic",
    "hang",
    "fill",
    "crash",
    "memory",
    "__aingle_abi",
    "storm",
    "grow",
    "down",
    "recurse",
    "many",
    "",
    "a name that is much longer than that of any entry which somebody would write who knows how links are made",
];

pub const POLICIES: &[FaultPolicy] = &[
    FaultPolicy::Stop,
    FaultPolicy::Ask,
    FaultPolicy::Restart { back_off: 0 },
    FaultPolicy::Restart { back_off: u32::MAX },
];

pub const EDGES: &[u32] = &[
    0,
    1,
    11,
    12,
    CHUNK as u32,
    511,
    512,
    4096,
    8191,
    8192,
    8193,
    0x7fff_ffff,
    0x8000_0000,
    u32::MAX - 11,
    u32::MAX,
];

pub const REQUEST: &[u8] = &[3; CHUNK + 1];

pub const CHUNK: usize = chunk_capacity(FRAME);
