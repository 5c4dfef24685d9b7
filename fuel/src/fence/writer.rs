//! Writes one function anew, with its fences.

use wasm_encoder::{
    Function, Instruction,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{FunctionBody, Operator};

use super::tails::Tails;
use crate::Error;

/// Puts a loop around each tail; branches that leave it count one construct more.
pub(super) fn write(wasm: &[u8], body: &FunctionBody<'_>, tails: &Tails) -> Result<Function, Error> {
    let mut function = RoundtripReencoder.new_function_with_parsed_locals(body)?;
    // For every open construct, whether it is a fence.
    let mut open = vec![false];
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let start = reader.original_position();
        if let Some(&ty) = tails.get(&start) {
            function.instruction(&Instruction::Loop(RoundtripReencoder.block_type(ty)?));
            open.push(true);
        }
        let operator = reader.read()?;
        match &operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(false),
            Operator::Else | Operator::End => {
                while open.pop_if(|fence| *fence).is_some() {
                    function.instruction(&Instruction::End);
                }
                if matches!(operator, Operator::End) {
                    open.pop();
                }
            }
            _ => {}
        }
        function.instruction(&match operator {
            Operator::Br { relative_depth } => Instruction::Br(moved(&open, relative_depth)),
            Operator::BrIf { relative_depth } => Instruction::BrIf(moved(&open, relative_depth)),
            Operator::BrTable { targets } => {
                let depths: Result<Vec<_>, _> = targets.targets().collect();
                let depths: Vec<_> = depths?.into_iter().map(|depth| moved(&open, depth)).collect();
                Instruction::BrTable(depths.into(), moved(&open, targets.default()))
            }
            _ => {
                let range = start as usize..reader.original_position() as usize;
                function.raw(wasm[range].iter().copied());
                continue;
            }
        });
    }
    Ok(function)
}

/// The depth of a construct that had `depth` before there were fences.
fn moved(open: &[bool], depth: u32) -> u32 {
    let constructs = open.iter().rev().enumerate().filter(|(_, fence)| !**fence);
    constructs.map(|(place, _)| place as u32).nth(depth as usize).unwrap_or(depth)
}
