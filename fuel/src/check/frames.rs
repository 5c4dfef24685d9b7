//! Blocks within each other, and which of their code an engine takes for reachable.

use alloc::vec::Vec;

use super::{
    Rule, module,
    operands::{Operand, Operands},
    reader::Result,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Block,
    Loop,
    If,
    Else,
}

struct Frame {
    kind: Kind,
    results: u8,
    /// Whether its start can be reached.
    live: bool,
    /// Whether a branch leads to it.
    branched: bool,
    /// Whether the end of the then-arm can be reached.
    then: bool,
    /// Values on the stack below it.
    base: u16,
}

/// A function's body and the blocks that are open in it.
#[derive(Default)]
pub(super) struct Frames {
    frames: Vec<Frame>,
    /// Whether the code in work can be reached. An engine skips what cannot.
    pub live: bool,
    pub operands: Operands,
}

impl Frames {
    /// Begins a body.
    pub fn start(&mut self, results: u8) -> Result<()> {
        self.frames.clear();
        self.operands.truncate(0);
        self.live = true;
        self.open(Kind::Block, results, 0)
    }

    pub fn is_done(&self) -> bool {
        self.frames.is_empty()
    }

    pub fn floor(&self) -> usize {
        self.frames.last().map_or(0, |frame| usize::from(frame.base))
    }

    /// Opens a block within at most `nesting` others; the body itself does not count.
    pub fn open(&mut self, kind: Kind, results: u8, nesting: u16) -> Result<()> {
        let base = self.operands.len() as u16;
        let frame = Frame { kind, results, live: self.live, branched: false, then: false, base };
        module::push(&mut self.frames, frame, nesting.saturating_add(1), Rule::Nesting)
    }

    pub fn branch(&mut self, depth: u32) -> Result<()> {
        let last = self.frames.len().checked_sub(1).ok_or(Rule::Malformed)?;
        let target = last.checked_sub(depth as usize).ok_or(Rule::Malformed)?;
        self.frames[target].branched = true;
        Ok(())
    }

    /// Goes from the then-arm to the else-arm.
    pub fn turn(&mut self) -> Result<()> {
        self.balance()?;
        let frame = self.frames.last_mut().filter(|frame| frame.kind == Kind::If).ok_or(Rule::Malformed)?;
        frame.kind = Kind::Else;
        frame.then = self.live;
        self.live = frame.live;
        self.operands.truncate(usize::from(frame.base));
        Ok(())
    }

    /// Ends a block. Its results are what the code left there, unless they come from several places.
    pub fn close(&mut self, limit: u16) -> Result<()> {
        self.balance()?;
        let frame = self.frames.pop().ok_or(Rule::Malformed)?;
        let (live, joined) = match frame.kind {
            Kind::Block => (self.live || frame.branched, frame.branched),
            Kind::Loop => (self.live, false),
            Kind::If => (true, true),
            Kind::Else => (self.live || frame.then || frame.branched, true),
        };
        self.live = frame.live && live;
        if joined || !self.live {
            self.operands.truncate(usize::from(frame.base));
        }
        if joined && self.live {
            for _ in 0..frame.results {
                self.operands.push(Operand::Other, limit)?;
            }
        }
        Ok(())
    }

    /// Whether reachable code leaves the values that its block promises.
    fn balance(&self) -> Result<()> {
        let frame = self.frames.last().ok_or(Rule::Malformed)?;
        let promised = usize::from(frame.base) + usize::from(frame.results);
        if self.live && self.operands.len() != promised { Err(Rule::Malformed) } else { Ok(()) }
    }
}
