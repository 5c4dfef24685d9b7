//! Runs a guest on wasmi's own fuel beside its lowered copy without, and holds them together.

mod side;

use std::borrow::Cow;

use aingle_wasm_fuel::{growth, lower, spec::Spec};
use wasmi::{Config, CustomFuelCosts, Engine, Module, OperatorCost, TrapCode, Val, ValType};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

use self::side::{MEMORY, Side};

/// What a call gave, and what it left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its results' bits, or why it stopped.
    pub outcome: Result<Vec<u64>, TrapCode>,
    /// Units that are left.
    pub fuel: u64,
    /// Exported globals' bits, in the order of the exports.
    pub globals: Vec<u64>,
    /// Calls of host functions: name, arguments' bits, units that were left.
    pub host: Vec<(String, Vec<u64>, u64)>,
}

/// One guest compiled twice.
pub struct Twin {
    native: (Engine, Module),
    lowered: (Engine, Module),
    shift: usize,
    depth: u32,
    entries: Vec<String>,
}

impl Twin {
    /// Compiles both. `None` when either rewriting or wasmi refuses the module.
    pub fn new(wasm: &[u8], spec: &Spec) -> Option<Self> {
        let native = native(spec);
        let native = (native.clone(), Module::new(&native, wasm).ok()?);
        let bounded: Cow<'_, [u8]> = growth::clamp(wasm, MEMORY).ok()?;
        let lowered = lower(&bounded, spec).ok()?;
        let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::WASM2);
        validator.validate_all(&lowered.wasm).expect("valid");
        let plain = plain();
        let module = Module::new(&plain, &lowered.wasm).expect("wasmi takes the copy");
        let shift = lowered.shift as usize;
        Some(Self { native, lowered: (plain, module), shift, depth: spec.depth(), entries: entries(wasm) })
    }

    /// Instantiates both; `None` when neither can be, as when a segment lies outside of its memory. Panics when
    /// their start functions differ in outcome or fuel.
    pub fn start(&self) -> Option<Running<'_>> {
        let native = Side::start(&self.native, true, self.depth);
        let lowered = Side::start(&self.lowered, false, self.depth);
        match (native, lowered) {
            (Ok(native), Ok(lowered)) => {
                assert_eq!(native.fuel(), lowered.fuel(), "after the start function");
                Some(Running { native, lowered, shift: self.shift, entries: &self.entries })
            }
            (Err(native), Err(lowered)) => {
                assert_eq!(native, lowered, "start functions");
                None
            }
            (native, lowered) => panic!("started: {:?}, {:?}", native.err(), lowered.err()),
        }
    }
}

/// Both copies of a guest, running.
pub struct Running<'a> {
    native: Side,
    lowered: Side,
    shift: usize,
    entries: &'a [String],
}

impl Running<'_> {
    /// Calls both with so much fuel; panics when they differ in anything.
    pub fn call(&mut self, name: &str, arguments: &[Val], fuel: u64) -> Trace {
        let native = self.native.call(name, arguments, fuel);
        let lowered = self.lowered.call(name, arguments, fuel);
        assert_eq!(native, lowered, "{name} {arguments:?} with {fuel}");
        let (below, guest) = self.lowered.memory().split_at(self.shift);
        assert!(self.native.memory() == guest, "memories differ after {name} {arguments:?} with {fuel}");
        assert!(below.iter().all(|&byte| byte == 0), "written below");
        native
    }

    /// Names and types of the parameters of the guest's own exported functions.
    pub fn entries(&self) -> Vec<(String, Vec<ValType>)> {
        self.entries.iter().map(|name| (name.clone(), self.native.parameters(name))).collect()
    }
}

/// Names under which a valid module exports functions that it does not import.
fn entries(wasm: &[u8]) -> Vec<String> {
    let mut imported = 0;
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                let functions = section
                    .into_imports()
                    .filter(|import| matches!(import.as_ref().unwrap().ty, TypeRef::Func(_)));
                imported = functions.count() as u32;
            }
            Payload::ExportSection(section) => {
                let exports = section.into_iter().map(Result::unwrap);
                let own =
                    exports.filter(|export| export.kind == ExternalKind::Func && export.index >= imported);
                names.extend(own.map(|export| export.name.to_owned()));
            }
            _ => {}
        }
    }
    names
}

fn native(spec: &Spec) -> Engine {
    macro_rules! costs {
        ($($opcode:literal $variant:ident $name:ident)*) => {
            OperatorCost { $($name: spec.cost($opcode),)* ..OperatorCost::default() }
        };
    }
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .operator_cost(aingle_wasm_fuel::for_each_operator!(costs))
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: spec.bytes_per_unit(),
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        .wasm_custom_page_sizes(true)
        .set_max_recursion_depth(spec.depth() as usize)
        .set_max_stack_height(1 << 20);
    Engine::new(&config)
}

fn plain() -> Engine {
    let mut config = Config::default();
    config.set_max_recursion_depth(1 << 16).set_max_stack_height(1 << 22);
    Engine::new(&config)
}

/// A value of a type from its bits.
pub fn val(ty: ValType, bits: u64) -> Val {
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(wasmi::F32::from_bits(bits as u32)),
        ValType::F64 => Val::F64(wasmi::F64::from_bits(bits)),
        other => panic!("{other:?} is not a number"),
    }
}
