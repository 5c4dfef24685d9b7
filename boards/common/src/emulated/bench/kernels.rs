//! Six kernels: compiled for the board, on wasmi without fuel, and as a guest is called.

use core::hint::black_box;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_boards_kernels::{ALL, Kernel};
use aingle_wasm_core::{
    engine::{Limits, Value},
    error::Error,
    guest::Guest,
};
use wasmi::Module;

use super::{Counter, FUEL, Failure, engine, loads::KERNELS, say};
use crate::{Compartment, compartment::Region};

/// Measures all, in `region`.
pub fn all(counter: &Counter, region: Region) -> Result<(), Failure> {
    let mut compartment = Compartment::new(region);
    compartment.load(|| Guest::load(Engine::default(), KERNELS, LIMITS, &[][..], ()))?;
    for (name, argument, kernel) in ALL {
        let (expected, native) = native(counter, kernel, argument);
        let (unmetered_result, unmetered) = unmetered(counter, name, argument)?;
        let (metered_result, metered) = metered(counter, &mut compartment, name, argument)?;
        if [unmetered_result, metered_result] != [expected; 2] {
            return Err(Failure::Wrong(name));
        }
        say(format_args!("kernel {name} native"), native)?;
        say(format_args!("kernel {name} unmetered"), unmetered)?;
        say(format_args!("kernel {name} metered"), metered)?;
    }
    let heap = compartment.region().heap_used();
    let stack = compartment.region().stack_peak();
    say(format_args!("memory kernels heap"), heap as u64)?;
    say(format_args!("memory kernels stack"), stack as u64)
}

fn native(counter: &Counter, kernel: Kernel, argument: u32) -> (u32, u64) {
    let mut memory = [0; _];
    let kernel = black_box(kernel);
    counter.count(|| kernel(&mut memory, black_box(argument)))
}

/// A kernel's result, and the instructions of its second call: the first makes the engine's stack.
fn unmetered(counter: &Counter, name: &str, argument: u32) -> Result<(u32, u64), Failure> {
    let module = Module::new(&engine::new(false), KERNELS)?;
    let (mut store, instance) = engine::start(&module)?;
    let kernel = instance.get_typed_func::<u32, u32>(&store, name)?;
    kernel.call(&mut store, black_box(argument))?;
    let (result, instructions) = counter.count(|| kernel.call(&mut store, black_box(argument)));
    Ok((result?, instructions))
}

/// The same with all that a guest's call takes.
fn metered(
    counter: &Counter,
    compartment: &mut Compartment<Guest<Engine, ()>>,
    name: &str,
    argument: u32,
) -> Result<(u32, u64), Failure> {
    let mut call = || {
        compartment.with(|guest| {
            let results = guest.invoke(name, &[Value::I32(black_box(argument))], FUEL)?;
            Ok::<_, Error>(match results.first() {
                Some(Value::I32(result)) => Some(*result),
                _ => None,
            })
        })
    };
    call()??;
    let (result, instructions) = counter.count(call);
    Ok((result??.ok_or(Failure::Wrong("a kernel's result"))?, instructions))
}

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };
