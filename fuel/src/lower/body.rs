//! Writes one function anew, with its charges.

use wasm_encoder::{
    BlockType, Function, InstructionSink, ValType,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{FunctionBody, Operator};

use super::{Stop, facts::Facts, helper::Globals};
use crate::{Error, regions::Regions, spec::Spec};

/// What the functions of one module have in common.
pub(super) struct Shared<'a> {
    pub wasm: &'a [u8],
    pub spec: &'a Spec,
    pub facts: &'a Facts,
    pub globals: Globals,
}

/// Writes a function whose results are those of the block type `results`, and which has `parameters`.
pub(super) fn lower(
    shared: &Shared<'_>,
    body: &FunctionBody<'_>,
    parameters: u32,
    results: BlockType,
) -> Result<Function, Error> {
    let (costs, calls) = survey(shared, body)?;
    let mut locals = Vec::new();
    let mut fuel = parameters;
    for local in body.get_locals_reader()? {
        let (count, ty) = local?;
        fuel += count;
        locals.push((count, RoundtripReencoder.val_type(ty)?));
    }
    locals.push((1, ValType::I64));
    let mut function = Function::new(locals);
    let globals = shared.globals;
    let meter = Meter { costs: &costs, fuel, globals };

    let mut code = function.instructions();
    code.block(BlockType::Empty).block(BlockType::Empty);
    code.global_get(globals.depth).i32_eqz().br_if(1);
    code.global_get(globals.fuel).local_set(fuel);
    meter.charge(&mut code, 0, 0);
    if calls {
        step(&mut code, globals.depth, -1);
    }
    code.block(results);
    inside(shared, body, &mut function, &meter, calls)?;

    let mut code = function.instructions();
    if calls {
        step(&mut code, globals.depth, 1);
    }
    code.return_().end();
    globals.stop(&mut code, Stop::OutOfFuel);
    code.end();
    globals.stop(&mut code, Stop::StackOverflow);
    code.end();
    Ok(function)
}

/// What each region costs, and whether the function calls a function that counts as a frame.
fn survey(shared: &Shared<'_>, body: &FunctionBody<'_>) -> Result<(Vec<u64>, bool), Error> {
    let mut regions = Regions::new(shared.spec);
    let mut calls = false;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        calls |= match operator {
            Operator::Call { function_index } => function_index >= shared.facts.imported_functions,
            Operator::CallIndirect { .. } => true,
            _ => false,
        };
        regions.step(&operator);
    }
    Ok((regions.costs().to_vec(), calls))
}

/// Writes what the function did, up to and with its last `end`.
fn inside(
    shared: &Shared<'_>,
    body: &FunctionBody<'_>,
    function: &mut Function,
    meter: &Meter<'_>,
    calls: bool,
) -> Result<(), Error> {
    let mut regions = Regions::new(shared.spec);
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let start = reader.original_position() as usize;
        let operator = reader.read()?;
        let end = reader.original_position() as usize;
        let nesting = regions.nesting();
        let region = regions.step(&operator);
        match shared.facts.helper(&operator) {
            Some(helper) => _ = function.instructions().call(helper),
            // Leaves the body, not the function, whose depth must be given back.
            None if calls && matches!(operator, Operator::Return) => {
                function.instructions().br(nesting);
            }
            None => _ = function.raw(shared.wasm[start..end].iter().copied()),
        }
        let mut code = function.instructions();
        if let Some(region) = region {
            meter.charge(&mut code, region, regions.nesting() + 1);
        }
        if spends(&operator) {
            code.global_get(meter.globals.fuel).local_set(meter.fuel);
        }
    }
    Ok(())
}

/// Whether fuel may be less after an operator than before it.
fn spends(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryGrow { .. }
    )
}

struct Meter<'a> {
    costs: &'a [u64],
    /// The local that repeats the global, so that a charge need not wait for memory.
    fuel: u32,
    globals: Globals,
}

impl Meter<'_> {
    /// Charges for a region; `poor` is the depth of the label where a run out of fuel ends.
    fn charge(&self, code: &mut InstructionSink<'_>, region: usize, poor: u32) {
        let cost = self.costs[region] as i64;
        code.local_get(self.fuel).i64_const(cost).i64_lt_u().br_if(poor);
        code.local_get(self.fuel).i64_const(cost).i64_sub().local_tee(self.fuel);
        code.global_set(self.globals.fuel);
    }
}

fn step(code: &mut InstructionSink<'_>, global: u32, by: i32) {
    code.global_get(global).i32_const(by).i32_add().global_set(global);
}
