//! How fast a target is: so that a time limit can be turned into fuel.

use aingle_wasm::Target;
use aingle_wasm_core::{engine::Value, link::Run};
use serde::Serialize;

/// What a unit of fuel takes in two loops: least and most. The fuel table says what the dearest operators take.
#[derive(Serialize)]
pub struct Pace {
    /// Nanoseconds by the target's clock.
    nanos: Option<[f64; 2]>,
    /// Instructions, where the target counts them.
    instructions: Option<[f64; 2]>,
}

impl Pace {
    /// Loads a module of its own and runs it; `None` when the target has no clock.
    pub fn of(target: &mut Target) -> Option<Self> {
        target.load(MODULE, |_| ()).ok()?;
        let mut run = |export| {
            let mut run = || target.invoke(export, &[Value::I32(TURNS)], FUEL).ok().map(|(_, run)| run);
            // The first one finds caches cold.
            run()?;
            run()
        };
        let runs = [run("work")?, run("turn")?];
        let range = |count: fn(&Target, &Run) -> Option<u64>| {
            let each = |run: &Run| Some(count(target, run)? as f64 / run.fuel_used as f64);
            let (one, other) = (each(&runs[0])?, each(&runs[1])?);
            Some([one.min(other), one.max(other)])
        };
        Some(Self { nanos: range(|_, run| run.nanos), instructions: range(Target::instructions) })
    }

    /// The pace in words.
    pub fn text(&self) -> String {
        match (self.instructions, self.nanos) {
            (Some([least, most]), _) => format!("{least:.1} to {most:.1} instructions a unit of fuel"),
            (None, Some([least, most])) => format!("{least:.2} to {most:.2} ns a unit of fuel"),
            (None, None) => "it has no clock".to_owned(),
        }
    }
}

const MODULE: &[u8] = include_bytes!("pace.wasm");
const TURNS: u32 = 20_000;
const FUEL: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_what_the_text_says() {
        assert_eq!(wat::parse_str(include_str!("pace.wat")).unwrap(), MODULE);
    }
}
