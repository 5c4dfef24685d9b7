//! What is known of the values on a function's stack before it runs.

use alloc::vec::Vec;

use super::{Rule, module, reader::Result};

/// A value on the stack, as an engine that folds constants may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// Computed when the function runs.
    Other,
    /// What a local holds.
    Local(u32),
    /// An immediate integer; one that does not fit is [`i32::MAX`].
    Const(i32),
    /// An immediate whose value is not known here.
    Folded,
}

impl Operand {
    pub fn is_immediate(self) -> bool {
        matches!(self, Self::Const(_) | Self::Folded)
    }

    /// What an operator gives that only depends on its operand.
    pub fn unary(self) -> Self {
        if self.is_immediate() { Self::Folded } else { Self::Other }
    }

    /// The same for an operator that leaves the bits of a local as they are.
    pub fn relabelled(self) -> Self {
        if let Self::Local(_) = self { self } else { self.unary() }
    }

    pub fn binary(self, right: Self) -> Self {
        if right.is_immediate() { self.unary() } else { Self::Other }
    }

    /// What a shift gives: by nothing, it is no shift.
    pub fn shifted(self, right: Self) -> Self {
        match right {
            Self::Const(bits) if bits & 31 != 0 => self.unary(),
            Self::Const(_) | Self::Folded => self.relabelled(),
            Self::Other | Self::Local(_) => Self::Other,
        }
    }

    /// What `select` gives of `self` and `other`.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Folded, Self::Const(_)) | (Self::Const(_), Self::Folded) => Self::Folded,
            _ => Self::Other,
        }
    }

    /// What `local.tee` leaves.
    pub fn kept_in(self, local: u32) -> Self {
        if self.is_immediate() { self } else { Self::Local(local) }
    }
}

/// The values of one function.
#[derive(Default)]
pub(super) struct Operands {
    stack: Vec<Operand>,
}

impl Operands {
    pub fn len(&self) -> usize {
        self.stack.len()
    }

    pub fn truncate(&mut self, len: usize) {
        self.stack.truncate(len);
    }

    pub fn push(&mut self, operand: Operand, limit: u16) -> Result<()> {
        module::push(&mut self.stack, operand, limit, Rule::Operands)
    }

    /// Takes the last value, but none of the `floor` values below the block in work.
    pub fn pop(&mut self, floor: usize) -> Result<Operand> {
        if self.stack.len() <= floor {
            return Err(Rule::Malformed);
        }
        self.stack.pop().ok_or(Rule::Malformed)
    }
}
