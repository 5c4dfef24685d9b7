//! Where fuel is charged, and for what.
//!
//! A function is charged at its entry, at the header of every loop on every turn, and at the start of each arm
//! of an `if`. What a charge pays for is a *region*: the operators from there to the `end` or `else` of the
//! same construct, without the loops and arms inside, which pay for themselves. What follows a loop or an `if`
//! belongs to the region around it and is paid already; so is code that no path reaches.

use wasmparser::Operator;

use crate::{for_each_operator, spec::Spec};

/// Follows the operators of one function, in order.
#[derive(Debug)]
pub(crate) struct Regions<'a> {
    spec: &'a Spec,
    frames: Vec<Frame>,
    reachable: bool,
    /// What each region's charge takes so far, in the order in which the regions begin.
    costs: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    region: usize,
    branched_to: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
    Else,
    /// Whatever begins where no path leads.
    Dead,
}

impl<'a> Regions<'a> {
    /// Begins with the region of the function's entry.
    pub fn new(spec: &'a Spec) -> Self {
        let body = Frame { kind: Kind::Block, region: 0, branched_to: false };
        Self { spec, frames: vec![body], reachable: true, costs: vec![spec.charge().into()] }
    }

    /// Takes the next operator of a valid function; answers the region that begins behind it, if one does.
    pub fn step(&mut self, operator: &Operator<'_>) -> Option<usize> {
        let top = *self.frames.last()?;
        let opcode = opcode(operator).unwrap_or_default();
        self.costs[top.region] += u64::from(self.spec.cost(opcode));
        match operator {
            Operator::Block { .. } => self.push(Kind::Block, top.region),
            Operator::Loop { .. } if self.reachable => return Some(self.open(Kind::Loop)),
            Operator::If { .. } if self.reachable => return Some(self.open(Kind::If)),
            Operator::Loop { .. } | Operator::If { .. } => self.push(Kind::Dead, top.region),
            Operator::Else if top.kind == Kind::If => {
                self.frames.pop();
                let joined = self.reachable || top.branched_to;
                self.reachable = true;
                let region = self.open(Kind::Else);
                self.branch(0, joined);
                return Some(region);
            }
            Operator::End => {
                self.frames.pop();
                self.reachable |= match top.kind {
                    Kind::Block | Kind::Else => top.branched_to,
                    Kind::If => true,
                    Kind::Loop | Kind::Dead => false,
                };
            }
            Operator::BrIf { relative_depth } => self.branch(*relative_depth, self.reachable),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth, self.reachable);
                self.reachable = false;
            }
            Operator::BrTable { targets } => {
                for depth in targets.targets().flatten().chain([targets.default()]) {
                    self.branch(depth, self.reachable);
                }
                self.reachable = false;
            }
            Operator::Return | Operator::Unreachable => self.reachable = false,
            _ => {}
        }
        None
    }

    /// How many constructs are open, the function's body not counted.
    pub fn nesting(&self) -> u32 {
        self.frames.len().saturating_sub(1) as u32
    }

    /// Whether a path leads to the next operator.
    pub fn reachable(&self) -> bool {
        self.reachable
    }

    /// What each region's charge takes, in the order in which the regions begin.
    pub fn into_costs(self) -> Vec<u64> {
        self.costs
    }

    fn open(&mut self, kind: Kind) -> usize {
        let region = self.costs.len();
        self.costs.push(self.spec.charge().into());
        self.push(kind, region);
        region
    }

    fn push(&mut self, kind: Kind, region: usize) {
        let kind = if self.reachable { kind } else { Kind::Dead };
        self.frames.push(Frame { kind, region, branched_to: false });
    }

    fn branch(&mut self, depth: u32, taken: bool) {
        let place = self.frames.len().checked_sub(1 + depth as usize);
        if let Some(frame) = place.and_then(|place| self.frames.get_mut(place)) {
            frame.branched_to |= taken;
        }
    }
}

/// The opcode under which the table lists an operator, if it does.
pub(crate) fn opcode(operator: &Operator<'_>) -> Option<u16> {
    macro_rules! opcode {
        ($($opcode:literal $variant:ident $name:ident)*) => {
            match operator {
                $(Operator::$variant { .. } => Some($opcode),)*
                _ => None,
            }
        };
    }
    for_each_operator!(opcode)
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    fn costs(text: &str) -> Vec<u64> {
        let wasm = wat::parse_str(format!("(module (func (param i32) (result i32) {text}))")).unwrap();
        let mut regions = Regions::new(&Spec::V1);
        for payload in Parser::new(0).parse_all(&wasm) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                for operator in body.get_operators_reader().unwrap() {
                    regions.step(&operator.unwrap());
                }
            }
        }
        regions.into_costs()
    }

    #[test]
    fn loops_and_arms_pay_for_themselves_and_blocks_do_not() {
        assert_eq!(costs("local.get 0"), [2]);
        assert_eq!(costs("(block (result i32) local.get 0)"), [2]);
        assert_eq!(costs("(loop (result i32) local.get 0)"), [1, 2]);
        let arms = "local.get 0 (if (result i32) (then i32.const 1) (else local.get 0 i32.eqz))";
        assert_eq!(costs(arms), [3, 2, 3]);
    }

    #[test]
    fn what_follows_a_construct_belongs_to_the_region_around_it() {
        assert_eq!(costs("(loop local.get 0 br_if 0) local.get 0 i32.eqz"), [3, 3]);
        assert_eq!(costs("local.get 0 (if (then nop)) local.get 0"), [4, 1]);
    }

    #[test]
    fn dead_code_is_paid_for_where_it_stands_and_begins_no_region() {
        assert_eq!(costs("unreachable (loop i32.const 1 drop) i32.const 1"), [3]);
        assert_eq!(costs("unreachable i32.const 1 (if (then nop) (else i32.const 1 drop)) i32.const 1"), [5]);
        assert_eq!(costs("(block br 0 i32.const 1 drop) (loop (result i32) local.get 0)"), [3, 2]);
        assert_eq!(costs("(block unreachable) (loop (result i32) local.get 0)"), [2]);
        let both = "local.get 0 (if (then unreachable) (else unreachable)) (loop (result i32) local.get 0)";
        assert_eq!(costs(both), [3, 1, 1]);
    }
}
