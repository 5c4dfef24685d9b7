//! Where fuel is charged, and for what.
//!
//! A function is charged at its entry, at the header of every loop on every turn, and at the start of each arm
//! of an `if`. What a charge pays for is a *region*: the operators from there to the `end` or `else` of the
//! same construct, without the loops and arms inside, which pay for themselves. What follows a loop or an `if`
//! belongs to the region around it and is paid already; so is code that no path reaches.

mod walk;

use wasmparser::{Parser, Payload};

pub(crate) use self::walk::{Regions, opcode};
use crate::{Error, Summary, spec::Spec, summary::Type};

/// How a module is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Report {
    /// Charge points in the whole module.
    pub regions: u32,
    /// The most that one charge takes, in fuel, beyond what the cheapest way through its region needs: what a
    /// [fence](crate::fence()) could save at most.
    pub over_charge: u64,
    /// The function with that charge, counted with the imported ones; 0 when nothing is charged in vain.
    pub function: u32,
}

/// Says how a module is charged. Ways that end in a trap do not count as ways through.
///
/// # Errors
///
/// [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed.
pub fn regions(wasm: &[u8], spec: &Spec) -> Result<Report, Error> {
    let imports = Summary::read(wasm)?.imports;
    let mut function = imports.iter().filter(|import| matches!(import.ty, Type::Function(_))).count() as u32;
    let mut report = Report::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CodeSectionEntry(body) = payload? else { continue };
        let mut regions = Regions::new(spec);
        for operator in body.get_operators_reader()? {
            regions.step(&operator?);
        }
        report.regions += regions.costs().len() as u32;
        let over_charge = regions.over_charge();
        if over_charge > report.over_charge {
            report = Report { over_charge, function, ..report };
        }
        function += 1;
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_over_charge_is_what_the_cheapest_way_skips() {
        let most = |text: &str| {
            let wasm = wat::parse_str(format!("(module (func) (func (param i32) (result i32) {text}))"));
            regions(&wasm.unwrap(), &Spec::V1).unwrap()
        };
        assert_eq!(most("local.get 0"), Report { regions: 2, over_charge: 0, function: 0 });
        let tail = "(block local.get 0 br_if 0 local.get 0 i32.eqz drop) local.get 0";
        assert_eq!(most(tail), Report { regions: 2, over_charge: 2, function: 1 });
        let left = "(loop local.get 0 (if (then local.get 0 br_if 1 i32.const 7 return)) local.get 0 drop) i32.const 1";
        assert_eq!(most(left).over_charge, 1);
        let arms = "(block (block (block local.get 0 br_table 0 1 2) local.get 0 i32.eqz drop br 1) nop) local.get 0";
        assert_eq!(most(arms).over_charge, 3);
        let forever = "(loop local.get 0 drop br 0) unreachable";
        assert_eq!(most(forever).over_charge, 0);
    }
}
