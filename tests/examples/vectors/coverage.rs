//! What the vectors reach: operators that ran, and ways in which runs ended.

use std::collections::{BTreeMap, BTreeSet};

use aingle_wasm_core::error::{Error, Fault, Trap};
use aingle_wasm_fuel::for_each_operator;
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload, Result, TypeRef};

use crate::{program::Program, trace::Step};

/// Operators and traps that are still to be reached.
pub struct Missing {
    operators: BTreeMap<u16, &'static str>,
    traps: BTreeSet<u8>,
}

impl Missing {
    /// Every operator that guests may use, and every trap that an export can run into on the standard host functions.
    pub fn all() -> Self {
        let faults = [
            Fault::RequestRange,
            Fault::Overlap,
            Fault::RequestEnvelope,
            Fault::Reentry,
            Fault::NoRoom,
            Fault::Allocator,
        ];
        let traps = Trap::PLAIN.into_iter().chain(faults.map(Trap::Host)).map(Trap::code).collect();
        Self { operators: OPERATORS.iter().copied().collect(), traps }
    }

    /// Strikes what the program reached.
    ///
    /// # Errors
    /// The program is no module.
    pub fn strike(&mut self, program: &Program, steps: &[Step]) -> Result<()> {
        let certain = certain(&program.wasm)?;
        for (call, step) in program.calls.iter().zip(steps) {
            match step.outcome {
                Ok(_) => {
                    for opcode in certain.get(call.export.as_str()).into_iter().flatten() {
                        self.operators.remove(opcode);
                    }
                }
                Err(Error::Trap(trap)) => {
                    self.traps.remove(&trap.code());
                    if trap == Trap::Unreachable {
                        self.operators.remove(&UNREACHABLE);
                    }
                }
                Err(_) => (),
            }
        }
        Ok(())
    }

    /// What is missing, if anything is.
    pub fn names(&self) -> Option<String> {
        let traps = self.traps.iter().filter_map(|code| Trap::from_code(*code));
        let operators = self.operators.values().map(|name| (*name).to_owned());
        let names: Vec<_> = operators.chain(traps.map(|trap| trap.to_string())).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// What has run for certain when an export returned: all of its function up to its first branch.
fn certain(wasm: &[u8]) -> Result<BTreeMap<&str, Vec<u16>>> {
    let (mut imported, mut exports, mut bodies) = (0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exports.push((export.name, export.index as usize));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(straight(&body)?),
            _ => {}
        }
    }
    let body = |index: usize| bodies.get(index.checked_sub(imported)?).cloned();
    Ok(exports.into_iter().filter_map(|(name, index)| Some((name, body(index)?))).collect())
}

/// The opcodes of a function up to its first branch. An `else` runs nothing: it counts where it stands.
fn straight(body: &FunctionBody<'_>) -> Result<Vec<u16>> {
    let (mut opcodes, mut branched) = (Vec::new(), false);
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        if !branched || matches!(operator, Operator::Else) {
            opcodes.extend(opcode(&operator));
        }
        branched |= matches!(
            operator,
            Operator::If { .. }
                | Operator::Br { .. }
                | Operator::BrIf { .. }
                | Operator::BrTable { .. }
                | Operator::Return
        );
    }
    Ok(opcodes)
}

fn opcode(operator: &Operator<'_>) -> Option<u16> {
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

macro_rules! table {
    ($($opcode:literal $variant:ident $name:ident)*) => {
        &[$(($opcode, stringify!($name)),)*]
    };
}

const OPERATORS: &[(u16, &str)] = for_each_operator!(table);

const UNREACHABLE: u16 = 0;
