//! One copy of a guest, running.

use std::iter::zip;

use aingle_wasm_fuel::{
    globals,
    lower::{DEPTH, FUEL, START, STATE, Stop},
};
use wasmi::{
    Caller, Engine, Extern, ExternType, Func, Instance, Module, Store, StoreLimits, StoreLimitsBuilder,
    TrapCode, Val, ValType,
};

use super::{Trace, val};
use crate::support::bits;

/// Bytes that a memory may grow to.
pub const MEMORY: u64 = 1 << 20;

/// Elements that a table may grow to.
pub const TABLE: u64 = 1 << 12;

/// Units for a start function.
const AT_START: u64 = 10_000;

pub struct Side {
    store: Store<Host>,
    instance: Instance,
    native: bool,
    depth: u32,
}

struct Host {
    limits: StoreLimits,
    /// An export that shows to a host function that a guest has called it.
    probe: String,
    calls: Vec<(String, Vec<u64>, u64)>,
}

impl Side {
    pub fn start(
        (engine, module): &(Engine, Module),
        native: bool,
        depth: u32,
    ) -> Result<Self, Option<TrapCode>> {
        let limits = match native {
            true => StoreLimitsBuilder::new().memory_size(MEMORY as usize).table_elements(TABLE as usize),
            false => StoreLimitsBuilder::new(),
        };
        let probe = module.exports().next().map(|export| export.name().to_owned()).unwrap_or_default();
        let host = Host { limits: limits.build(), probe, calls: Vec::new() };
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

    pub fn call(&mut self, name: &str, arguments: &[Val], fuel: u64) -> Trace {
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

    pub fn parameters(&self, name: &str) -> Vec<ValType> {
        self.instance.get_func(&self.store, name).unwrap().ty(&self.store).params().to_vec()
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

    pub fn fuel(&self) -> u64 {
        if self.native { self.store.get_fuel().unwrap() } else { self.global(FUEL) }
    }

    fn global(&self, name: &str) -> u64 {
        bits(&self.instance.get_global(&self.store, name).unwrap().get(&self.store))
    }

    fn globals(&self) -> Vec<u64> {
        let exports = self.instance.exports(&self.store);
        // Lowering adds its own, and names for those that the guest has.
        let added = [FUEL, globals::PREFIX];
        let own = exports.filter(|export| !added.iter().any(|prefix| export.name().starts_with(prefix)));
        let globals = own.filter_map(|export| export.clone().into_global());
        globals.map(|global| bits(&global.get(&self.store))).collect()
    }

    pub fn memory(&self) -> &[u8] {
        let mut memories =
            self.instance.exports(&self.store).filter_map(|export| export.clone().into_memory());
        memories.next().map_or(&[], |memory| memory.data(&self.store))
    }
}

/// Every host function writes down its call, takes a few units, and answers with what it was given.
fn answer(mut caller: Caller<'_, Host>, name: &str, arguments: &[Val], results: &mut [Val]) {
    let mut fuel = 0;
    if let Some(Extern::Global(global)) = caller.get_export(FUEL) {
        fuel = bits(&global.get(&caller));
        global.set(&mut caller, Val::I64(after_host(fuel) as i64)).unwrap();
    } else if caller.get_export(&caller.data().probe).is_some() {
        fuel = caller.get_fuel().unwrap();
        caller.set_fuel(after_host(fuel)).unwrap();
    }
    let arguments: Vec<_> = arguments.iter().map(bits).collect();
    for (result, value) in zip(results, arguments.iter().copied().chain(std::iter::repeat(1))) {
        *result = val(result.ty(), value);
    }
    caller.data_mut().calls.push((name.to_owned(), arguments, fuel));
}

fn after_host(fuel: u64) -> u64 {
    fuel.saturating_sub(3)
}
