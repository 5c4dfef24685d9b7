//! Damaged modules: loaded, and what is still taken is called.

use core::fmt;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    engine::{Limits, Value},
    error::{Error, Trap},
    guest::Guest,
    host::Import,
};
use aingle_wasm_tests::{Damage, IMPORTS, Probe, damage::mix, guests};

use crate::emulated::{
    Done,
    compartments::{GREET, Lab, SDK},
};

/// What became of damaged modules.
#[derive(Default)]
pub struct Modules {
    refused: u32,
    taken: u32,
    calls: u32,
    trapped: u32,
    endless: u32,
}

struct Source {
    wasm: &'static [u8],
    imports: &'static [Import<Probe>],
    /// What is called of it, as an entry and with numbers.
    exports: &'static [&'static str],
}

impl Modules {
    pub fn new() -> Self {
        Self::default()
    }

    /// Does the damage of that number to one of the modules.
    pub fn next(&mut self, lab: &mut Lab, number: u64) {
        let random = mix(!number);
        let refused = guests::REFUSED[(random >> 32) as usize % guests::REFUSED.len()];
        // As much of a giant as there is room for: its counts lie all the more.
        let refused =
            Source { wasm: &refused[..refused.len().min(LONGEST)], imports: IMPORTS, exports: &["run"] };
        // Now and then one of them: most are as far from being taken after some damage.
        let source = match random % 8 {
            0 => &refused,
            _ => &SOURCES[(random >> 8) as usize % SOURCES.len()],
        };
        let mut room = [0; LONGEST];
        let wasm = &mut room[..source.wasm.len()];
        wasm.copy_from_slice(source.wasm);
        let left = Damage::new(number, wasm.len()).done_to(wasm);
        // Half of them twice: what the check forgives once it may not forgive in company.
        let left = match number % 2 {
            0 => left,
            _ => Damage::new(mix(number), left.max(1)).done_to(&mut wasm[..left]),
        };
        let wasm = &wasm[..left];
        let load = || Guest::load(Engine::default(), wasm, LIMITS, source.imports, Probe::default());
        if lab.compartment.load(load).is_err() {
            self.refused += 1;
            return;
        }
        self.taken += 1;
        for export in source.exports {
            self.call(lab, export, number);
        }
    }

    fn call(&mut self, lab: &mut Lab, export: &str, number: u64) {
        let request = number.to_le_bytes();
        let as_entry = |guest: &mut Guest<Engine, Probe>| {
            let mut entry = guest.entry(export)?;
            guest.call(&mut entry, &request, FUEL, |_| ())
        };
        let with_numbers = |guest: &mut Guest<Engine, Probe>| {
            let arguments = [Value::I32(number as u32); 3];
            // How many it takes is not known; too many are an error.
            let called = (0..=arguments.len()).map(|count| guest.invoke(export, &arguments[..count], FUEL));
            called
                .map(|called| called.map(drop))
                .find(|called| !matches!(called, Err(Error::Call(_))))
                .unwrap_or(Ok(()))
        };
        for ended in [lab.compartment.with(as_entry), lab.compartment.with(with_numbers)] {
            self.calls += 1;
            match ended {
                Ok(Err(Error::Trap(Trap::OutOfFuel))) => self.endless += 1,
                Ok(Err(Error::Trap(_))) => self.trapped += 1,
                _ => {}
            }
        }
    }

    /// Whether the damage was neither so small nor so large that it says nothing.
    pub fn is_telling(&self) -> Done {
        match self.refused > 0 && self.taken > 0 && self.trapped > 0 {
            true => Ok(()),
            false => Err("the damage to modules is too small or too large"),
        }
    }
}

impl fmt::Display for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { refused, taken, calls, trapped, endless } = self;
        write!(f, "{refused} refused, {taken} taken, {calls} calls, {trapped} trapped, {endless} out of fuel")
    }
}

const SOURCES: &[Source] = &[
    Source {
        wasm: guests::OURS,
        imports: IMPORTS,
        exports: &[
            "answer_far_away",
            "answer_past_end",
            "ask",
            "ask_and_recurse",
            "ask_for_ever",
            "ask_nothing_far_away",
            "ask_overlapping",
            "ask_past_end",
            "ask_stop",
            "ask_wrapping",
            "count",
            "crash",
            "echo",
            "fill_for_ever",
            "hang",
            "not_an_entry",
            "recurse",
        ],
    },
    Source {
        wasm: guests::PREDECESSOR,
        imports: IMPORTS,
        exports: &["answer_bare", "answer_flipped", "ask_bare", "ask_with_lie", "lie", "echo"],
    },
    Source {
        wasm: guests::TRAPS,
        imports: IMPORTS,
        exports: &["call", "copy", "div", "down", "down_through_table", "fill", "load32", "recurse", "size"],
    },
    Source { wasm: guests::NUMBERS, imports: IMPORTS, exports: &["extend", "many", "mix"] },
    Source { wasm: guests::GROWING, imports: IMPORTS, exports: &["copy", "fill", "grow", "load8", "storm"] },
    Source { wasm: guests::UNBOUNDED, imports: IMPORTS, exports: &["grow"] },
    Source { wasm: GREET.wasm, imports: SDK, exports: &[GREET.entry] },
    // What the check refuses for the engine's sake: a bit more or less may be what it lets pass.
    Source { wasm: guests::FAR_STORE, imports: IMPORTS, exports: &["run"] },
    Source { wasm: guests::BLOCK_PARAMETERS, imports: IMPORTS, exports: &["run"] },
];

/// Bytes of the longest.
const LONGEST: usize = {
    let (mut longest, mut at) = (0, 0);
    while at < SOURCES.len() {
        if SOURCES[at].wasm.len() > longest {
            longest = SOURCES[at].wasm.len();
        }
        at += 1;
    }
    longest
};

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };

/// Enough for a good call, too little for a loop that matters.
const FUEL: u64 = 20_000;
