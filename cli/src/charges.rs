//! What exact fuel makes of a module.

use aingle_wasm_fuel::{Profile, canonicalise, check, regions, spec::Spec};
use serde::Serialize;

use crate::session::brief;

/// How the module is charged, and what of it is not as every machine takes it.
#[derive(Serialize)]
pub struct Charges {
    /// Hash of the specification.
    spec: String,
    /// Where and which rule the module breaks, or what is invalid; of one that is repaired in vain, why it is.
    check: Option<String>,
    /// Whether it is repaired before it runs, and may run then.
    repairable: bool,
    /// Charges in the whole module.
    regions: Option<u32>,
    /// Most units that one of them takes in vain.
    over_charge: Option<u64>,
    /// The function with that charge.
    over_charged: Option<u32>,
}

impl Charges {
    /// Reads a module.
    pub fn of(wasm: &[u8]) -> Self {
        let spec = &Spec::V1;
        let refusal = check(wasm, &Profile::DEVICE).err();
        let beyond_repair = refusal.filter(|refusal| !refusal.rule.is_repairable());
        let (check, repairable) = match (beyond_repair, canonicalise(wasm)) {
            (Some(refusal), _) => (Some(refusal.to_string()), false),
            (None, Err(error)) => (Some(brief(&error)), false),
            (None, Ok(canonical)) => match check(&canonical, &Profile::DEVICE) {
                Err(refusal) => (Some(format!("in its canonical form {refusal}")), false),
                Ok(()) => (refusal.map(|refusal| refusal.to_string()), refusal.is_some()),
            },
        };
        let report = regions(wasm, spec).ok();
        Self {
            spec: format!("{:08x}", spec.hash()),
            check,
            repairable,
            regions: report.map(|report| report.regions),
            over_charge: report.map(|report| report.over_charge),
            over_charged: report.filter(|report| report.over_charge > 0).map(|report| report.function),
        }
    }

    /// What the check says.
    pub fn check(&self) -> String {
        match &self.check {
            None => "it is valid and breaks no rule".to_owned(),
            Some(why) if self.repairable => format!("{why}; it runs in its canonical form"),
            Some(why) => format!("{why}: no machine takes it"),
        }
    }

    /// How it is charged; `None` when it cannot be read.
    pub fn text(&self) -> Option<String> {
        let most = match (self.over_charge?, self.over_charged) {
            (0, _) | (_, None) => "none in vain".to_owned(),
            (units, Some(function)) => format!("up to {units} units of one in vain, in function {function}"),
        };
        Some(format!("specification {}, charge points: {}, {most}", self.spec, self.regions?))
    }
}
