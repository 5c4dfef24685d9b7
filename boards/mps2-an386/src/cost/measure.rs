//! What is measured, a line each on the console, in instructions and bytes of heap:
//!
//! ```text
//! kernel NAME unmetered metered
//! load GUEST check translate start heap
//! check heap
//! ```

use core::{
    fmt::{self, Write},
    hint::black_box,
};

use aingle_wasm_boards_common::{
    Heap,
    emulated::{Console, end, exit, port},
};
use wasmi::{Error, Module};

use crate::{engine, machine::MACHINE};

#[global_allocator]
static HEAP: Heap<{ 4 << 20 }> = Heap::new();

/// Measures everything and ends the machine.
pub fn run(check: impl Fn(&[u8]) -> bool) -> ! {
    let _port = port::Port::open(MACHINE);
    let measured = checks(&check).and_then(|()| loads(&check)).and_then(|()| kernels());
    if let Err(Failure(what)) = &measured {
        // The exit code says that something failed when the console cannot say what.
        let _ = writeln!(Console, "failed: {what}");
    }
    end(if measured.is_ok() { exit::DONE } else { exit::FAILED })
}

/// The most heap that the check of any guest takes; nothing has used the heap before.
fn checks(check: &impl Fn(&[u8]) -> bool) -> Result<(), Failure> {
    for (name, wasm) in GUESTS {
        if !check(wasm) {
            return Err(Failure(name));
        }
    }
    Ok(writeln!(Console, "check {}", HEAP.stats().peak)?)
}

fn loads(check: &impl Fn(&[u8]) -> bool) -> Result<(), Failure> {
    for (name, wasm) in GUESTS {
        let before = HEAP.stats().used;
        let (_, checked) = count(|| check(black_box(wasm)));
        let (module, translated) = count(|| Module::new(&engine::new(true), wasm));
        let module = module?;
        let (started, starting) = count(|| engine::start(&module));
        let _started = started?;
        let heap = HEAP.stats().used - before;
        writeln!(Console, "load {name} {checked} {translated} {starting} {heap}")?;
    }
    Ok(())
}

fn kernels() -> Result<(), Failure> {
    for (name, argument) in KERNELS {
        let (expected, unmetered) = kernel(name, *argument, false)?;
        let (result, metered) = kernel(name, *argument, true)?;
        if result != expected {
            return Err(Failure(name));
        }
        writeln!(Console, "kernel {name} {unmetered} {metered}")?;
    }
    Ok(())
}

/// A kernel's result, and the instructions of its second call: the first makes the engine's stack.
fn kernel(name: &str, argument: u32, metered: bool) -> Result<(u32, u64), Failure> {
    let (_, wasm) = GUESTS[0];
    let module = Module::new(&engine::new(metered), wasm)?;
    let (mut store, instance) = engine::start(&module)?;
    let kernel = instance.get_typed_func::<u32, u32>(&store, name)?;
    let mut call = || -> Result<u32, Error> {
        if metered {
            store.set_fuel(FUEL)?;
        }
        kernel.call(&mut store, black_box(argument))
    };
    call()?;
    let (result, instructions) = count(call);
    Ok((result?, instructions))
}

/// Runs something and counts its instructions, but for those of the counting.
fn count<R>(run: impl FnOnce() -> R) -> (R, u64) {
    let begin = now();
    let end = now();
    let result = run();
    let last = now();
    (result, (last - end).saturating_sub(end - begin) / NANOS_PER_INSTRUCTION)
}

#[inline(never)]
fn now() -> u64 {
    port::nanos().unwrap_or_default()
}

/// What failed.
struct Failure(&'static str);

impl From<Error> for Failure {
    fn from(_: Error) -> Self {
        Self("the engine")
    }
}

impl From<fmt::Error> for Failure {
    fn from(_: fmt::Error) -> Self {
        Self("the console")
    }
}

/// As the emulator counts them.
const NANOS_PER_INSTRUCTION: u64 = 64;

/// The kernels first.
const GUESTS: &[(&str, &[u8])] = &[
    ("kernels", include_bytes!(concat!(env!("FUEL_COST_GUESTS"), "/kernels.wasm"))),
    ("sensor", include_bytes!(concat!(env!("FUEL_COST_GUESTS"), "/sensor.wasm"))),
    ("predecessor", include_bytes!(concat!(env!("FUEL_COST_GUESTS"), "/predecessor.wasm"))),
];

const KERNELS: &[(&str, u32)] =
    &[("fib", 20), ("sieve", 8192), ("matmul", 16), ("crc", 4096), ("sort", 512), ("sha", 2048)];

/// Far more than any kernel takes.
const FUEL: u64 = 1_000_000_000;
