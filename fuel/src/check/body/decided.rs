//! Operators whose immediates could decide, before the function runs, that it traps or branches.

use super::Body;
use crate::check::{Place, Rule, operands::Operand, reader::Result};

impl Body<'_, '_, '_> {
    pub(super) fn divide(&mut self, opcode: u8) -> Result<()> {
        let [right, left] = [self.pop()?, self.pop()?];
        let decided = match right {
            Operand::Const(0) | Operand::Folded => true,
            Operand::Const(-1) => left.is_immediate() && matches!(opcode, I32_DIV_S | I64_DIV_S),
            _ => false,
        };
        if decided {
            self.place(opcode, Rule::DecidedDivision)?;
            return self.push(Operand::Other);
        }
        self.push(left.binary(right))
    }

    pub(super) fn load(&mut self, opcode: u8) -> Result<()> {
        let offset = self.offset()?;
        let address = self.pop()?;
        self.access(opcode, address, offset)?;
        self.push(Operand::Other)
    }

    pub(super) fn store(&mut self, opcode: u8) -> Result<()> {
        let offset = self.offset()?;
        let [value, address] = [self.pop()?, self.pop()?];
        self.access(opcode, address, offset)?;
        // wasmi 2.0.0 has no such store of an integer for a register that is both, and panics.
        let local = matches!(address, Operand::Local(_)) && address == value;
        let float = matches!(opcode, F32_STORE | F64_STORE);
        if local && !float && offset > u32::from(u16::MAX) {
            self.place(opcode, Rule::StoreOfAddress)?;
        }
        Ok(())
    }

    fn access(&mut self, opcode: u8, address: Operand, offset: u32) -> Result<()> {
        let decided = match address {
            Operand::Const(address) => {
                u64::from(address as u32) + u64::from(offset) > self.module.memory()?.bound
            }
            address => address == Operand::Folded,
        };
        if decided { self.place(opcode, Rule::DecidedAccess) } else { Ok(()) }
    }

    /// Reads the immediates of an access and gives its constant offset.
    fn offset(&mut self) -> Result<u32> {
        if self.reader.u32()? & NAMES_MEMORY != 0 {
            return Err(Rule::Memories);
        }
        let offset = self.reader.u32()?;
        self.module.memory()?.reach(offset)?;
        Ok(offset)
    }

    /// Takes an operand that must not decide what happens.
    pub(super) fn decided(&mut self, opcode: u8, rule: Rule) -> Result<()> {
        if self.pop()?.is_immediate() { self.place(opcode, rule) } else { Ok(()) }
    }

    fn place(&mut self, opcode: u8, rule: Rule) -> Result<()> {
        let offset = self.reader.marked() as u32;
        let (function, locals) = (self.function, self.locals);
        (self.on_place)(Place { function, offset, locals, opcode, rule })
    }
}

/// In the alignment of an access: another memory follows.
const NAMES_MEMORY: u32 = 0x40;

const F32_STORE: u8 = 0x38;
const F64_STORE: u8 = 0x39;
const I32_DIV_S: u8 = 0x6d;
const I64_DIV_S: u8 = 0x7f;
