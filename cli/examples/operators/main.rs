//! x
mod case;
mod control;
mod measure;
mod memory;
mod numeric;
mod values;

use std::error::Error;

use aingle_wasm::{On, Options, Target};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let on: On = "qemu:mps2-an386".parse()?;
    let mut target = Target::open(&on, &Options { count_instructions: true, ..Options::default() })?;
    let bulk = [0, 1, 15, 64, 256, 4096].into_iter().flat_map(|n|memory::bulk(n).into_iter().map(move |c| case::Case{form: format!("{} {n}", c.form), ..c}));
    let cases = numeric::constants().chain(memory::sizes()).chain([memory::growth()]).chain(bulk);
    for case in control::free().into_iter().chain(control::cases()).chain(cases) {
        let each = measure::sample(&mut target, case)?;
        println!("{:<24} {:<24} {:>8.1} {:>8.1}", each.operator, each.form, each.instructions, each.per_unit(1));
    }
    Ok(())
}
