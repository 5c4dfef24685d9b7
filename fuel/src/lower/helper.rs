//! Functions that check bounds, charge, then do an operation on memory.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::Operator;

use super::{Stop, facts::Memory};
use crate::spec::Spec;

/// An operation that is charged by the byte; its function takes the operation's operands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    Copy,
    Fill,
    Grow,
}

/// Indices of the added globals.
#[derive(Clone, Copy)]
pub(super) struct Globals {
    pub fuel: u32,
    pub depth: u32,
    pub state: u32,
}

impl Globals {
    /// Ends the run for a reason.
    pub fn stop(self, code: &mut InstructionSink<'_>, stop: Stop) {
        code.i32_const(stop as i32).global_set(self.state).unreachable();
    }
}

impl Helper {
    pub fn of(operator: &Operator<'_>) -> Option<Self> {
        match operator {
            Operator::MemoryCopy { .. } => Some(Self::Copy),
            Operator::MemoryFill { .. } => Some(Self::Fill),
            Operator::MemoryGrow { .. } => Some(Self::Grow),
            _ => None,
        }
    }

    pub fn parameters(self) -> &'static [ValType] {
        match self {
            Self::Copy | Self::Fill => &[ValType::I32; 3],
            Self::Grow => &[ValType::I32],
        }
    }

    pub fn results(self) -> &'static [ValType] {
        match self {
            Self::Copy | Self::Fill => &[],
            Self::Grow => &[ValType::I32],
        }
    }

    pub fn function(self, spec: &Spec, memory: Memory, globals: Globals) -> Function {
        let cost = self.parameters().len() as u32;
        let mut function = Function::new([(1, ValType::I64)]);
        let mut code = function.instructions();
        match self {
            Self::Copy | Self::Fill => {
                bounds(&mut code, memory, globals, TARGET);
                if self == Self::Copy {
                    bounds(&mut code, memory, globals, SOURCE);
                }
                code.local_get(LENGTH).i64_extend_i32_u();
                charge(&mut code, spec, globals, cost);
                code.local_get(TARGET).local_get(SOURCE).local_get(LENGTH);
                match self {
                    Self::Copy => code.memory_copy(0, 0),
                    _ => code.memory_fill(0),
                };
            }
            Self::Grow => {
                code.local_get(PAGES).i32_eqz().if_(BlockType::Empty).memory_size(0).return_().end();
                code.memory_size(0).i64_extend_i32_u().local_get(PAGES).i64_extend_i32_u().i64_add();
                code.i64_const(memory.maximum as i64).i64_gt_u();
                code.if_(BlockType::Empty).i32_const(-1).return_().end();
                code.local_get(PAGES).i64_extend_i32_u().i64_const(memory.page_log2.into()).i64_shl();
                charge(&mut code, spec, globals, cost);
                code.local_get(PAGES).memory_grow(0).local_tee(PAGES);
                code.i32_const(-1).i32_eq().if_(BlockType::Empty);
                globals.stop(&mut code, Stop::OutOfSystemMemory);
                code.end().local_get(PAGES);
            }
        }
        code.end();
        function
    }
}

const TARGET: u32 = 0;
/// An address to copy from, or the byte to fill with.
const SOURCE: u32 = 1;
const LENGTH: u32 = 2;
/// Pages to grow by, then pages that there were.
const PAGES: u32 = 0;

/// Ends the run unless `address + LENGTH` lies within the memory.
fn bounds(code: &mut InstructionSink<'_>, memory: Memory, globals: Globals, address: u32) {
    code.local_get(address).i64_extend_i32_u().local_get(LENGTH).i64_extend_i32_u().i64_add();
    code.memory_size(0).i64_extend_i32_u().i64_const(memory.page_log2.into()).i64_shl();
    code.i64_gt_u().if_(BlockType::Empty);
    globals.stop(code, Stop::MemoryOutOfBounds);
    code.end();
}

/// Takes a number of bytes from the stack and charges for them.
fn charge(code: &mut InstructionSink<'_>, spec: &Spec, globals: Globals, cost: u32) {
    code.i64_const(spec.bytes_per_unit().into()).i64_div_u().local_set(cost);
    code.global_get(globals.fuel).local_get(cost).i64_lt_u().if_(BlockType::Empty);
    globals.stop(code, Stop::OutOfFuel);
    code.end();
    code.global_get(globals.fuel).local_get(cost).i64_sub().global_set(globals.fuel);
}
