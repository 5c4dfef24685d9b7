//! Follows a function the way wasmi charges it.

use wasmparser::Operator;

use crate::{for_each_operator, spec::Spec};

/// Follows the operators of one function, in order.
#[derive(Debug)]
pub(crate) struct Regions<'a> {
    spec: &'a Spec,
    frames: Vec<Frame>,
    reachable: bool,
    /// What the operators on the cheapest way to here weigh, of the region that this is.
    paid: u64,
    /// What each region's charge takes so far, in the order in which the regions begin.
    costs: Vec<u64>,
    /// What the cheapest way through each region weighs.
    least: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    region: usize,
    branched_to: bool,
    /// Among the targets of the branch in work.
    taken: bool,
    /// What was paid in the region around it, when it began.
    before: u64,
    /// The least that was paid where a branch leads to its end.
    joined: u64,
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
        let mut regions =
            Self { spec, frames: vec![], reachable: true, paid: 0, costs: vec![], least: vec![] };
        regions.open(Kind::Block);
        regions
    }

    /// Takes the next operator of a valid function; answers the region that begins behind it, if one does.
    pub fn step(&mut self, operator: &Operator<'_>) -> Option<usize> {
        let top = *self.frames.last()?;
        let cost = u64::from(self.spec.cost(opcode(operator).unwrap_or_default()));
        self.costs[top.region] += cost;
        self.paid += cost;
        match operator {
            Operator::Block { .. } => self.push(Kind::Block, top.region),
            Operator::Loop { .. } if self.reachable => return Some(self.open(Kind::Loop)),
            Operator::If { .. } if self.reachable => return Some(self.open(Kind::If)),
            Operator::Loop { .. } | Operator::If { .. } => self.push(Kind::Dead, top.region),
            Operator::Else if top.kind == Kind::If => {
                let branched_to = top.branched_to || self.reachable;
                self.pass([0]);
                self.frames.pop();
                (self.reachable, self.paid) = (true, top.before);
                let region = self.open(Kind::Else);
                if let Some(frame) = self.frames.last_mut() {
                    frame.branched_to = branched_to;
                }
                return Some(region);
            }
            Operator::End => self.end(top),
            Operator::BrIf { relative_depth } => self.pass([*relative_depth]),
            Operator::Br { relative_depth } => {
                self.pass([*relative_depth]);
                self.reachable = false;
            }
            Operator::BrTable { targets } => {
                self.pass(targets.targets().flatten().chain([targets.default()]));
                self.reachable = false;
            }
            Operator::Return => {
                self.pass([self.nesting()]);
                self.reachable = false;
            }
            Operator::Unreachable => self.reachable = false,
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
    pub fn costs(&self) -> &[u64] {
        &self.costs
    }

    /// The most that a charge takes beyond what the cheapest way through its region needs.
    pub fn over_charge(&self) -> u64 {
        let operators = self.costs.iter().map(|cost| cost - u64::from(self.spec.charge()));
        let ways = operators.zip(&self.least).filter(|(_, least)| **least != NO_WAY);
        ways.map(|(operators, least)| operators - least).max().unwrap_or_default()
    }

    fn open(&mut self, kind: Kind) -> usize {
        let region = self.costs.len();
        self.costs.push(self.spec.charge().into());
        self.least.push(NO_WAY);
        self.push(kind, region);
        self.paid = 0;
        region
    }

    fn push(&mut self, kind: Kind, region: usize) {
        let kind = if self.reachable { kind } else { Kind::Dead };
        let before = self.paid;
        self.frames.push(Frame { kind, region, branched_to: false, taken: false, before, joined: NO_WAY });
    }

    /// Takes the ways to constructs' labels, if a path leads here. However many they are, it goes once through what is
    /// open: a table may have a thousand targets.
    fn pass(&mut self, depths: impl IntoIterator<Item = u32>) {
        if !self.reachable {
            return;
        }
        let mut outermost = self.frames.len();
        for depth in depths {
            let Some(target) = self.frames.len().checked_sub(1 + depth as usize) else { continue };
            self.frames[target].taken = true;
            outermost = outermost.min(target);
        }
        let mut paid = self.paid;
        for frame in self.frames[outermost..].iter_mut().rev() {
            if frame.taken {
                (frame.taken, frame.branched_to) = (false, true);
                if frame.kind == Kind::Block {
                    frame.joined = frame.joined.min(paid);
                }
            }
            if frame.kind != Kind::Block {
                let least = &mut self.least[frame.region];
                *least = paid.min(*least);
                paid = frame.before;
            }
        }
    }

    fn end(&mut self, top: Frame) {
        let falls = if self.reachable { self.paid } else { NO_WAY };
        let least = &mut self.least[top.region];
        match top.kind {
            Kind::Block => self.paid = falls.min(top.joined),
            Kind::Loop | Kind::If | Kind::Else => {
                *least = falls.min(*least);
                self.paid = top.before;
            }
            Kind::Dead => {}
        }
        self.reachable |= match top.kind {
            Kind::Block | Kind::Else => top.branched_to,
            Kind::If => true,
            Kind::Loop | Kind::Dead => false,
        };
        self.frames.pop();
        if self.frames.is_empty() {
            self.least[top.region] = self.paid;
        } else if !self.reachable {
            self.paid = 0;
        }
    }
}

const NO_WAY: u64 = u64::MAX;

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
        regions.costs().to_vec()
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
        assert_eq!(costs(both), [4, 1, 1]);
    }
}
