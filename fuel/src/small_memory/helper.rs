//! Functions that check the guest's bounds, then do a bulk operation on moved addresses.

use std::collections::BTreeSet;

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, MemArgTarget, ValType};
use wasmparser::{Operator, Parser, Payload};

use super::layout::Layout;
use crate::Error;

/// A bulk operation that the guest uses; its function takes the operation's three operands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    Fill,
    Copy,
    /// From this data segment.
    Init(u32),
}

/// Operands of every helper.
pub(super) const PARAMETERS: [ValType; 3] = [ValType::I32; 3];

/// Lists the helpers that a valid module needs, sorted.
pub(super) fn needed(wasm: &[u8]) -> Result<Vec<Helper>, Error> {
    let mut helpers = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionEntry(body) = payload? {
            for operator in body.get_operators_reader()? {
                helpers.extend(Helper::of(&operator?));
            }
        }
    }
    Ok(helpers.into_iter().collect())
}

impl Helper {
    pub fn of(operator: &Operator<'_>) -> Option<Self> {
        match *operator {
            Operator::MemoryFill { .. } => Some(Self::Fill),
            Operator::MemoryCopy { .. } => Some(Self::Copy),
            Operator::MemoryInit { data_index, .. } => Some(Self::Init(data_index)),
            _ => None,
        }
    }

    pub fn function(self, layout: Layout) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        check(&mut code, layout, TARGET);
        if self == Self::Copy {
            check(&mut code, layout, SOURCE);
        }
        // After the check no sum wraps, but for an empty operation at the end of 4 GiB, which
        // goes to address 0 and is as empty there.
        let shift = layout.shift as i32;
        code.local_get(TARGET).i32_const(shift).i32_add();
        code.local_get(SOURCE);
        if self == Self::Copy {
            code.i32_const(shift).i32_add();
        }
        code.local_get(LENGTH);
        match self {
            Self::Fill => code.memory_fill(0),
            Self::Copy => code.memory_copy(0, 0),
            Self::Init(segment) => code.memory_init(0, segment),
        };
        code.end();
        function
    }
}

const TARGET: u32 = 0;
/// An address to copy from, a place in a segment, or the byte to fill with.
const SOURCE: u32 = 1;
const LENGTH: u32 = 2;

/// Traps as the engine does unless `address + LENGTH` lies within the guest.
fn check(code: &mut InstructionSink<'_>, layout: Layout, address: u32) {
    code.local_get(address)
        .i64_extend_i32_u()
        .local_get(LENGTH)
        .i64_extend_i32_u()
        .i64_add()
        .i64_const(layout.size as i64)
        .i64_gt_u()
        .if_(BlockType::Empty)
        // Four bytes at 2^32 - 1 are outside of every memory.
        .i32_const(-1)
        .i32_load(MemArg { offset: 0, align: 2, target: MemArgTarget::Memory(0), ordering: None })
        .drop()
        .end();
}
