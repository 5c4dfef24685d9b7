//! How fast a target is: so that a time limit can be turned into fuel.

use aingle_wasm::Target;
use aingle_wasm_core::engine::Value;
use serde::Serialize;

/// What a unit of fuel takes, of common operators. See the fuel table for what the dearest take.
#[derive(Serialize)]
pub struct Pace {
    /// Nanoseconds by the target's clock.
    nanos: Option<f64>,
    /// Instructions, where the target counts them.
    instructions: Option<f64>,
}

impl Pace {
    /// Loads a module of its own and runs it; `None` when the target has no clock.
    pub fn of(target: &mut Target) -> Option<Self> {
        target.load(MODULE, |_| ()).ok()?;
        let mut run = || target.invoke("pace", &[Value::I32(TURNS)], FUEL).ok().map(|(_, run)| run);
        // The first one finds caches cold.
        run()?;
        let run = run()?;
        let each = |count: u64| count as f64 / run.fuel_used as f64;
        let (nanos, instructions) = (run.nanos.map(each), target.instructions(&run).map(each));
        (nanos.is_some() || instructions.is_some()).then_some(Self { nanos, instructions })
    }

    /// The pace in words.
    pub fn text(&self) -> String {
        match (self.instructions, self.nanos) {
            (Some(instructions), _) => format!("{instructions:.1} instructions a unit of fuel"),
            (None, Some(nanos)) => {
                format!("{nanos:.2} ns a unit of fuel, {:.0} million units a second", 1000.0 / nanos)
            }
            (None, None) => String::new(),
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
