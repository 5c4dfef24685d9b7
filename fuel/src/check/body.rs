//! Reads the bodies of functions, operator by operator.

mod decided;

use super::{
    OnPlace, Rule,
    declared::value,
    frames::{Frames, Kind},
    module::{Module, Type},
    operands::Operand,
    reader::{Reader, Result},
};

/// Reads one body. `frames` is storage that the next body uses again; its complexity is taken from `together`.
pub(super) fn read(
    frames: &mut Frames,
    reader: &mut Reader,
    module: &Module,
    function: u32,
    together: &mut u32,
    on_place: OnPlace,
) -> Result<()> {
    let ty = module.function(function)?;
    let locals = locals(reader, ty.parameters, module.profile.locals)?;
    frames.start(ty.results)?;
    let most = module.profile.complexity;
    let mut body = Body { frames, reader, module, function, locals, complexity: most, on_place };
    while !body.frames.is_done() {
        body.reader.mark();
        let opcode = body.reader.byte()?;
        body.operator(opcode)?;
    }
    *together = together.checked_sub(most - body.complexity).ok_or(Rule::Together)?;
    Ok(())
}

fn locals(reader: &mut Reader, parameters: u8, limit: u16) -> Result<u32> {
    let mut total = u32::from(parameters);
    for _ in 0..reader.u32()? {
        reader.mark();
        total = total.saturating_add(reader.u32()?);
        value(reader.byte()?)?;
        if total > u32::from(limit) {
            return Err(Rule::Locals);
        }
    }
    if total > u32::from(limit) { Err(Rule::Locals) } else { Ok(total) }
}

struct Body<'b, 'a, 'p> {
    frames: &'b mut Frames,
    reader: &'b mut Reader<'a>,
    module: &'b Module<'p>,
    function: u32,
    locals: u32,
    /// What is left of it.
    complexity: u32,
    on_place: OnPlace<'b>,
}

impl Body<'_, '_, '_> {
    fn operator(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            0x00 => self.frames.live = false,
            0x01 => {}
            0x02 => self.open(Kind::Block)?,
            0x03 => self.open(Kind::Loop)?,
            0x04 => {
                self.decided(opcode, Rule::DecidedBranch)?;
                self.open(Kind::If)?;
            }
            0x05 => {
                self.part(CHARGED)?;
                self.frames.turn()?;
            }
            0x0b => self.frames.close(self.module.profile.operands)?,
            0x0c => {
                self.branch()?;
                self.frames.live = false;
            }
            0x0d => {
                self.decided(opcode, Rule::DecidedBranch)?;
                self.branch()?;
            }
            0x0e => self.branch_table(opcode)?,
            0x0f => self.frames.live = false,
            0x10 => {
                let function = self.reader.u32()?;
                self.call(self.module.function(function)?)?;
            }
            0x11 => {
                let ty = self.reader.u32()?;
                self.index(Rule::Tables)?;
                self.pop()?;
                self.call(self.module.ty(ty)?)?;
            }
            0x1a => self.pop().map(drop)?,
            0x1b => {
                let [condition, right, left] = [self.pop()?, self.pop()?, self.pop()?];
                let _ = condition;
                self.push(left.or(right))?;
            }
            0x20 => {
                let local = self.reader.u32()?;
                self.push(Operand::Local(local))?;
            }
            0x21 => {
                self.reader.u32()?;
                self.pop()?;
            }
            0x22 => {
                let local = self.reader.u32()?;
                let kept = self.pop()?.kept_in(local);
                self.push(kept)?;
            }
            0x23 => {
                let global = self.reader.u32()?;
                let immediate = self.module.global(global)?.immediate;
                self.push(if immediate { Operand::Folded } else { Operand::Other })?;
            }
            0x24 => {
                self.reader.u32()?;
                self.pop()?;
            }
            0x28..=0x35 => self.load(opcode)?,
            0x36..=0x3e => self.store(opcode)?,
            0x3f => {
                self.index(Rule::Memories)?;
                self.push(Operand::Other)?;
            }
            0x40 => {
                self.index(Rule::Memories)?;
                self.pop()?;
                self.push(Operand::Other)?;
            }
            0x41 => {
                let value = self.reader.i32()?;
                self.push(Operand::Const(value))?;
            }
            0x42 => {
                let value = self.reader.i64()?;
                self.push(Operand::Const(value.try_into().unwrap_or(i32::MAX)))?;
            }
            0x43 => {
                self.reader.take(4)?;
                self.push(Operand::Folded)?;
            }
            0x44 => {
                self.reader.take(8)?;
                self.push(Operand::Folded)?;
            }
            0x6d..=0x70 | 0x7f..=0x82 => self.divide(opcode)?,
            0x74..=0x78 | 0x86..=0x8a => self.binary(Operand::shifted)?,
            0x46..=0x4f | 0x51..=0x66 | 0x6a..=0x78 | 0x7c..=0x8a | 0x92..=0x98 | 0xa0..=0xa6 => {
                self.binary(Operand::binary)?;
            }
            0xa8..=0xab | 0xae..=0xb1 => {
                self.decided(opcode, Rule::DecidedConversion)?;
                self.push(Operand::Other)?;
            }
            0xad | 0xbc..=0xbf => {
                let relabelled = self.pop()?.relabelled();
                self.push(relabelled)?;
            }
            0x45 | 0x50 | 0x67..=0xc4 => self.unary()?,
            0xfc => self.prefixed()?,
            0x06..=0x0a | 0x18 | 0x19 | 0x1f => return Err(Rule::Exceptions),
            0x12 | 0x13 => return Err(Rule::TailCalls),
            0x14 | 0x15 | 0xd3..=0xd6 | 0xfb => return Err(Rule::Gc),
            0x1c | 0x25 | 0x26 | 0xd0..=0xd2 => return Err(Rule::ReferenceTypes),
            0xfd => return Err(Rule::Simd),
            0xfe => return Err(Rule::Threads),
            _ => return Err(Rule::Unknown),
        }
        Ok(())
    }

    fn prefixed(&mut self) -> Result<()> {
        match self.reader.u32()? {
            0..=7 => self.unary(),
            10 => {
                self.index(Rule::Memories)?;
                self.bulk()
            }
            11 => self.bulk(),
            8 | 9 | 12..=14 => Err(Rule::Passive),
            15..=17 => Err(Rule::ReferenceTypes),
            _ => Err(Rule::Unknown),
        }
    }

    fn bulk(&mut self) -> Result<()> {
        self.index(Rule::Memories)?;
        for _ in 0..3 {
            self.pop()?;
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind) -> Result<()> {
        let results = match self.reader.i33()? {
            EMPTY => 0,
            ty @ -64..0 => {
                value(ty as u8 & 0x7f)?;
                1
            }
            index => {
                let ty = self.module.ty(index.try_into().map_err(|_| Rule::Malformed)?)?;
                if ty.parameters > 0 {
                    return Err(Rule::BlockParameters);
                }
                ty.results
            }
        };
        self.part(if kind == Kind::Block { CONTROL } else { CHARGED })?;
        self.frames.open(kind, results, self.module.profile.nesting)
    }

    fn branch(&mut self) -> Result<()> {
        let depth = self.reader.u32()?;
        self.part(CONTROL)?;
        if self.frames.live { self.frames.branch(depth) } else { Ok(()) }
    }

    fn branch_table(&mut self, opcode: u8) -> Result<()> {
        let targets = self.reader.u32()?;
        if targets > u32::from(self.module.profile.targets) {
            return Err(Rule::Targets);
        }
        self.decided(opcode, Rule::DecidedBranch)?;
        for _ in 0..=targets {
            self.branch()?;
        }
        self.frames.live = false;
        Ok(())
    }

    /// Where control flow parts or joins, a compiler may have to move whatever is held.
    fn part(&mut self, weight: u32) -> Result<()> {
        let held = self.locals + self.frames.operands.len() as u32;
        self.weigh((weight + held) * (1 + held / MANY))
    }

    fn weigh(&mut self, weight: u32) -> Result<()> {
        self.complexity = self.complexity.checked_sub(weight).ok_or(Rule::Complexity)?;
        Ok(())
    }

    fn call(&mut self, ty: Type) -> Result<()> {
        self.weigh(u32::from(ty.parameters) + u32::from(ty.results))?;
        for _ in 0..ty.parameters {
            self.pop()?;
        }
        for _ in 0..ty.results {
            self.push(Operand::Other)?;
        }
        Ok(())
    }

    fn unary(&mut self) -> Result<()> {
        let folded = self.pop()?.unary();
        self.push(folded)
    }

    fn binary(&mut self, fold: fn(Operand, Operand) -> Operand) -> Result<()> {
        let [right, left] = [self.pop()?, self.pop()?];
        self.push(fold(left, right))
    }

    /// Reads the index of the only memory or table.
    fn index(&mut self, rule: Rule) -> Result<()> {
        if self.reader.u32()? == 0 { Ok(()) } else { Err(rule) }
    }

    fn push(&mut self, operand: Operand) -> Result<()> {
        let limit = self.module.profile.operands;
        if self.frames.live { self.frames.operands.push(operand, limit) } else { Ok(()) }
    }

    fn pop(&mut self) -> Result<Operand> {
        if !self.frames.live {
            return Ok(Operand::Other);
        }
        self.frames.operands.pop(self.frames.floor())
    }
}

/// So many locals and operands make for more work than in proportion.
const MANY: u32 = 128;

/// What an operator of control flow weighs where nothing is held.
const CONTROL: u32 = 32;

/// What one weighs there that is charged for what follows.
const CHARGED: u32 = 3 * CONTROL;

/// The type of a block without results.
const EMPTY: i64 = -64;
