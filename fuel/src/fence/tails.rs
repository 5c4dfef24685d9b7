//! Finds the tails that are worth a fence.

use std::collections::BTreeMap;

use wasmparser::{BlockType, FuncValidator, FunctionBody, Operator, ValidatorResources, WasmModuleResources};

use crate::{
    Error,
    regions::{Regions, opcode},
    spec::Spec,
};

/// Where fences open, as positions in the module's file, and their block types.
pub(super) type Tails = BTreeMap<u64, BlockType>;

/// The least cost of a tail that gets a fence: a fence costs one unit, and the time of some operators.
const WORTH: u64 = 8;

/// Validates a function and finds its tails.
pub(super) fn find(
    body: &FunctionBody<'_>,
    mut validator: FuncValidator<ValidatorResources>,
    spec: &Spec,
) -> Result<Tails, Error> {
    let mut tails = Tails::new();
    let mut regions = Regions::new(spec);
    let mut frames = vec![Frame::new(results(&validator))];
    validator.read_locals(&mut body.get_binary_reader())?;
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let start = reader.original_position();
        let operator = reader.read()?;
        validator.op(start, &operator)?;
        regions.step(&operator);
        let skips = step(&mut frames, &operator, spec, &mut tails)?;
        let height = validator.get_control_frame(0).map(|frame| frame.height as u32);
        let bare = height == Some(validator.operand_stack_height());
        if skips
            && bare
            && regions.reachable()
            && let Some(top) = frames.last_mut()
        {
            top.segments.push((reader.original_position(), 0));
        }
    }
    Ok(tails)
}

/// Whether what follows the operator may be skipped.
fn step(
    frames: &mut Vec<Frame>,
    operator: &Operator<'_>,
    spec: &Spec,
    tails: &mut Tails,
) -> Result<bool, Error> {
    let Some(top) = frames.last_mut() else { return Ok(false) };
    // What a fence itself costs does not count, so that a fence is not fenced again.
    if !matches!(operator, Operator::Loop { .. } | Operator::End) {
        top.pay(spec.cost(opcode(operator).unwrap_or_default()).into());
    }
    match operator {
        Operator::Block { blockty } => frames.push(Frame { shared: true, ..Frame::new(Some(*blockty)) }),
        Operator::Loop { blockty } | Operator::If { blockty } => frames.push(Frame::new(Some(*blockty))),
        Operator::Else => {
            top.close(tails);
            *top = Frame { leaves: top.leaves, ..Frame::new(top.ty) };
        }
        Operator::End => {
            let rest = top.close(tails);
            let Frame { leaves, shared, .. } = *top;
            frames.pop();
            if let Some(parent) = frames.last_mut() {
                parent.leave(leaves.saturating_sub(1));
                parent.pay(if shared { rest } else { 0 });
            }
            return Ok(leaves > 1);
        }
        Operator::BrIf { relative_depth } => {
            top.leave(relative_depth.saturating_add(1));
            return Ok(true);
        }
        Operator::Br { relative_depth } => top.leave(relative_depth.saturating_add(1)),
        Operator::BrTable { targets } => {
            for depth in targets.targets().chain([Ok(targets.default())]) {
                top.leave(depth?.saturating_add(1));
            }
        }
        Operator::Return => top.leave(u32::MAX),
        _ => {}
    }
    Ok(false)
}

/// A construct in work.
struct Frame {
    /// Type of a fence at its end; absent when a fence would need a type of its own.
    ty: Option<BlockType>,
    /// Whether its operators belong to the region around it.
    shared: bool,
    /// How many constructs, this one first, the farthest branch in it leaves.
    leaves: u32,
    /// Where a tail could begin, and what the region pays from there to the next such place. The first is the
    /// beginning, where none can.
    segments: Vec<(u64, u64)>,
}

impl Frame {
    fn new(ty: Option<BlockType>) -> Self {
        let ty = ty.filter(|ty| !matches!(ty, BlockType::FuncType(_)));
        Self { ty, shared: false, leaves: 0, segments: vec![(0, 0)] }
    }

    fn pay(&mut self, cost: u64) {
        if let Some((_, sum)) = self.segments.last_mut() {
            *sum += cost;
        }
    }

    fn leave(&mut self, constructs: u32) {
        self.leaves = self.leaves.max(constructs);
    }

    /// Chooses the fences; answers what the region around them still pays.
    fn close(&self, tails: &mut Tails) -> u64 {
        let mut rest = 0;
        for (place, &(position, cost)) in self.segments.iter().enumerate().rev() {
            rest += cost;
            if let Some(ty) = self.ty
                && place > 0
                && rest >= WORTH
            {
                tails.insert(position, ty);
                rest = 0;
            }
        }
        rest
    }
}

/// The results of a function as a block type, if they have one.
fn results(validator: &FuncValidator<ValidatorResources>) -> Option<BlockType> {
    let resources = validator.resources();
    let ty = resources.sub_type_at_id(resources.type_id_of_function(validator.index())?);
    match ty.composite_type.unwrap_func().results() {
        [] => Some(BlockType::Empty),
        [result] => Some(BlockType::Type(*result)),
        _ => None,
    }
}
