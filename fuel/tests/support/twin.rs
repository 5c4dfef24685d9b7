//! Runs a guest on wasmi's own fuel beside its lowered copy without, and holds them together.

use std::{borrow::Cow, iter::zip};

use aingle_wasm_fuel::{
    growth,
    lower::{DEPTH, FUEL, START, STATE, Stop, lower},
    spec::Spec,
};
use wasmi::{
    Caller, Config, CustomFuelCosts, Engine, Extern, ExternType, Func, Instance, Module, OperatorCost, Store,
    StoreLimits, StoreLimitsBuilder, TrapCode, Val, ValType,
};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// Bytes that a memory may grow to, and elements that a table may.
const MEMORY: u64 = 1 << 20;
const TABLE: u64 = 1 << 12;

/// Units for a start function.
const AT_START: u64 = 10_000;

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
        let exports = self.native.instance.exports(&self.native.store);
        let own = exports.filter(|export| self.entries.iter().any(|name| name == export.name()));
        let functions = own.filter_map(|export| {
            let ty = export.clone().into_func()?.ty(&self.native.store);
            Some((export.name().to_owned(), ty.params().to_vec()))
        });
        functions.collect()
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

struct Side {
    store: Store<Host>,
    instance: Instance,
    native: bool,
    depth: u32,
}

struct Host {
    limits: StoreLimits,
    calls: Vec<(String, Vec<u64>, u64)>,
}

impl Side {
    fn start(
        (engine, module): &(Engine, Module),
        native: bool,
        depth: u32,
    ) -> Result<Self, Option<TrapCode>> {
        let limits = match native {
            true => StoreLimitsBuilder::new().memory_size(MEMORY as usize).table_elements(TABLE as usize),
            false => StoreLimitsBuilder::new(),
        };
        let host = Host { limits: limits.build(), calls: Vec::new() };
        let mut store = Store::new(engine, host);
        store.limiter(|host| &mut host.limits);
        let imports: Vec<_> = module
            .imports()
            .map(|import| match import.ty() {
                ExternType::Func(ty) => {
                    let name = import.name().to_owned();
                    let function = Func::new(&mut store, ty.clone(), move |caller, arguments, results| {
                        answer(caller, &name, arguments, results);
                        Ok(())
                    });
                    Extern::Func(function)
                }
                other => panic!("imports {other:?}"),
            })
            .collect();
        if native {
            store.set_fuel(AT_START).unwrap();
        }
        let instance = Instance::new(&mut store, module, &imports).map_err(|error| error.as_trap_code())?;
        let mut side = Self { store, instance, native, depth };
        if !native && side.instance.get_func(&side.store, START).is_some() {
            side.call(START, &[], AT_START).outcome?;
        } else if !native {
            side.set_globals(AT_START);
        }
        side.store.data_mut().calls.clear();
        Ok(side)
    }

    fn call(&mut self, name: &str, arguments: &[Val], fuel: u64) -> Trace {
        let function = self.instance.get_func(&self.store, name).unwrap();
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        if self.native {
            self.store.set_fuel(fuel).unwrap();
        } else {
            for (name, value) in
                [(FUEL, Val::I64(fuel as i64)), (DEPTH, Val::I32(self.depth as i32)), (STATE, Val::I32(0))]
            {
                let global = self.instance.get_global(&self.store, name).unwrap();
                global.set(&mut self.store, value).unwrap();
            }
        }
        let outcome = function.call(&mut self.store, arguments, &mut results);
        let outcome = outcome.map_err(|error| self.trap(&error));
        let host = std::mem::take(&mut self.store.data_mut().calls);
        let outcome = outcome.map(|()| results.iter().map(bits).collect());
        Trace { outcome, fuel: self.fuel(), globals: self.globals(), host }
    }

    fn set_globals(&mut self, fuel: u64) {
        let depth = self.depth as i32;
        for (name, value) in [(FUEL, Val::I64(fuel as i64)), (DEPTH, Val::I32(depth)), (STATE, Val::I32(0))] {
            let global = self.instance.get_global(&self.store, name).unwrap();
            global.set(&mut self.store, value).unwrap();
        }
    }

    fn trap(&self, error: &wasmi::Error) -> TrapCode {
        let trap = error.as_trap_code().unwrap_or_else(|| panic!("{error}"));
        let stop = match self.native {
            true => None,
            false => Stop::from_state(self.global(STATE) as i32),
        };
        assert!(stop.is_none() || trap == TrapCode::UnreachableCodeReached, "{stop:?} {trap:?}");
        match stop {
            None => trap,
            Some(Stop::OutOfFuel) => TrapCode::OutOfFuel,
            Some(Stop::StackOverflow) => TrapCode::StackOverflow,
            Some(Stop::MemoryOutOfBounds) => TrapCode::MemoryOutOfBounds,
            Some(other) => panic!("{other:?}"),
        }
    }

    fn fuel(&self) -> u64 {
        if self.native { self.store.get_fuel().unwrap() } else { self.global(FUEL) }
    }

    fn global(&self, name: &str) -> u64 {
        bits(&self.instance.get_global(&self.store, name).unwrap().get(&self.store))
    }

    fn globals(&self) -> Vec<u64> {
        let exports = self.instance.exports(&self.store);
        let own = exports.filter(|export| !export.name().starts_with(FUEL));
        let globals = own.filter_map(|export| export.clone().into_global());
        globals.map(|global| bits(&global.get(&self.store))).collect()
    }

    fn memory(&self) -> &[u8] {
        let mut memories =
            self.instance.exports(&self.store).filter_map(|export| export.clone().into_memory());
        memories.next().map_or(&[], |memory| memory.data(&self.store))
    }
}

/// Every host function writes down its call and answers with what it was given.
fn answer(mut caller: Caller<'_, Host>, name: &str, arguments: &[Val], results: &mut [Val]) {
    let fuel = match caller.get_export(FUEL) {
        Some(Extern::Global(global)) => bits(&global.get(&caller)),
        _ => caller.get_fuel().unwrap_or_default(),
    };
    let arguments: Vec<_> = arguments.iter().map(bits).collect();
    for (result, value) in zip(results, arguments.iter().copied().chain(std::iter::repeat(1))) {
        *result = val(result.ty(), value);
    }
    caller.data_mut().calls.push((name.to_owned(), arguments, fuel));
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

fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        Val::F32(value) => u64::from(value.to_bits()),
        Val::F64(value) => value.to_bits(),
        _ => panic!("not a number"),
    }
}
