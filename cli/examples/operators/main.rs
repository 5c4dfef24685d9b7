//! How many instructions each operator takes on an emulated Cortex-M4F, and the weights of fuel that fit them.
//!
//! `cargo xtask operators` runs this: `operators KERNELS_WASM`.
//!
//! An operator's instructions are those of a loop with 32 uses of it in a straight line, less those of the same
//! loop without them, for each use. Its operands come from locals and its result goes to one: that is what the
//! engine makes one step of. A form of use that needs more than the operator (copies of operands, charge
//! points) says how many units of fuel stand beside it.

mod case;
mod control;
mod kernels;
mod measure;
mod memory;
mod numeric;
mod report;
mod table;
mod values;

use std::{env, error::Error, fs};

use aingle_wasm::{On, Options, Target};

use case::Case;
use table::Table;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let kernels = env::args().nth(1).ok_or("usage: operators KERNELS_WASM")?;
    let kernels_wasm = fs::read(kernels)?;
    let on: On = "qemu:mps2-an386".parse()?;
    let mut target = Target::open(&on, &Options { count_instructions: true, ..Options::default() })?;
    let mut measure = |cases: Vec<Case>| -> Result<Vec<_>> {
        cases.into_iter().map(|case| measure::sample(&mut target, case)).collect()
    };
    let free = measure(control::free())?;
    let shapes = measure(control::cases())?;
    let numbers = measure(numeric::cases().chain(numeric::constants()).collect())?;
    let accesses = measure(memory::cases().collect())?;
    let mut bytes = memory::sizes();
    bytes.extend(LENGTHS.iter().flat_map(|len| memory::bulk(*len)));
    bytes.push(memory::growth());
    let bytes = measure(bytes)?;

    report::free(&free);
    report::forms("shapes of control and variables", &shapes);
    report::forms("bytes", &bytes);
    let samples: Vec<_> = [shapes, numbers, accesses, bytes].into_iter().flatten().collect();
    let tables = [("ones", Table::ones()), ("v1", Table::v1()), ("fitted", Table::fitted(&samples)?)];
    report::operators(&samples, &tables);
    report::spreads(&samples, &tables);
    let kernels = kernels::run(&mut target, &kernels_wasm)?;
    report::kernels(&kernels_wasm, &kernels, &tables)?;
    report::changes(&samples, &tables[2].1);
    report::bounded(&samples, &tables[1].1)
}

/// Bytes of bulk work.
const LENGTHS: &[u32] = &[0, 1, 15, 64, 256, 4096];
