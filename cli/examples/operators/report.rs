//! What was measured and fitted, as text.

use crate::{
    Result,
    kernels::{self, Kernel},
    measure::Sample,
    table::{Spread, Table},
};

/// What is free, and still takes instructions.
pub fn free(samples: &[Sample]) {
    println!("free operators\n{:<14} {:<20} {:>12}", "operator", "form", "instructions");
    for Sample { operator, form, instructions, .. } in samples {
        println!("{operator:<14} {form:<20} {instructions:>12.1}");
    }
}

/// Each sample, with what it pays under the specification.
pub fn forms(title: &str, samples: &[Sample]) {
    let table = Table::v1();
    println!("\n{title}");
    println!("{:<14} {:<36} {:>12} {:>7} {:>9}", "operator", "form", "instructions", "beside", "per unit");
    for sample in samples {
        let Sample { operator, form, instructions, beside, .. } = sample;
        let per_unit = table.per_unit(sample);
        println!("{operator:<14} {form:<36} {instructions:>12.1} {beside:>7} {per_unit:>9.1}");
    }
}

/// The operators, the dearest first: their mean and their dearest form, weights, and instructions for a unit of
/// the last table.
pub fn operators(samples: &[Sample], tables: &[(&str, Table)]) {
    let mut names: Vec<&str> = Vec::new();
    for sample in samples {
        if !names.contains(&sample.operator) {
            names.push(sample.operator);
        }
    }
    let mut rows: Vec<_> = names.into_iter().map(|name| Row::of(name, samples, tables)).collect();
    rows.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    println!("\noperators; under each table the weight, and instructions for a unit: the mean and the most");
    print!("{:<20} {:>8} {:>8} {:<30}", "operator", "mean", "most", "with");
    tables.iter().for_each(|(name, _)| print!(" {name:>22}"));
    println!();
    for Row { name, mean, most, with, under } in rows {
        print!("{name:<20} {mean:>8.1} {most:>8.1} {with:<30}");
        under.iter().for_each(|(weight, mean, most)| print!(" {weight:>6} {mean:>7.1} {most:>7.1}"));
        println!();
    }
}

/// How far the tables spread, and the bytes that cost a unit.
pub fn spreads(samples: &[Sample], tables: &[(&str, Table)]) {
    println!("\n{:<8} {:>14} {:>8} {:>14}  dearest", "table", "bytes per unit", "median", "most / median");
    for (name, table) in tables {
        let Spread { median, most, dearest } = Spread::of(samples, table);
        println!("{name:<8} {:>14} {median:>8.1} {most:>14.1}  {dearest}", table.bytes_per_unit);
    }
}

/// Whether no form takes more for a unit than fuel may leave open.
///
/// # Errors
/// The form that does.
pub fn bounded(samples: &[Sample], table: &Table) -> Result<()> {
    let Spread { most, dearest, .. } = Spread::of(samples, table);
    match most <= MOST {
        true => Ok(()),
        false => Err(format!("{dearest} takes {most:.1} medians for a unit of fuel, over {MOST}").into()),
    }
}

/// The most that any form may take for a unit, in medians of the common operators.
const MOST: f64 = 6.;

/// What the specification would say otherwise if it had the weights of `fitted`.
pub fn changes(samples: &[Sample], fitted: &Table) {
    match fitted.changes(samples).as_slice() {
        [] => println!("\nthe specification has the weights that fit"),
        lines => println!("\nthe specification would fit with\n{}", lines.join("\n")),
    }
}

/// The kernels: fuel and instructions for a unit under each table.
///
/// # Errors
/// They do not run in this process as they did on the target.
pub fn kernels(wasm: &[u8], kernels: &[Kernel], tables: &[(&str, Table)]) -> Result<()> {
    let fuel = |(_, table): &(&str, Table)| kernels::fuel(wasm, kernels, table);
    let fuel = tables.iter().map(fuel).collect::<Result<Vec<_>>>()?;
    print!("\n{:<8} {:>12}", "kernel", "instructions");
    tables.iter().for_each(|(name, _)| print!(" {name:>10} per unit"));
    println!();
    for (at, Kernel { name, instructions, .. }) in kernels.iter().enumerate() {
        print!("{name:<8} {instructions:>12}");
        fuel.iter()
            .for_each(|fuel| print!(" {:>10} {:>8.1}", fuel[at], *instructions as f64 / fuel[at] as f64));
        println!();
    }
    Ok(())
}

struct Row<'a> {
    name: &'a str,
    mean: f64,
    most: f64,
    /// The form that takes the most.
    with: &'a str,
    /// Under each table: weight, mean and most for a unit.
    under: Vec<(u8, f64, f64)>,
}

impl<'a> Row<'a> {
    fn of(name: &'a str, samples: &'a [Sample], tables: &[(&str, Table)]) -> Self {
        let own: Vec<_> = samples.iter().filter(|sample| sample.operator == name).collect();
        let mean = |of: &dyn Fn(&Sample) -> f64| own.iter().map(|s| of(s)).sum::<f64>() / own.len() as f64;
        let most = |of: &dyn Fn(&Sample) -> f64| own.iter().map(|s| of(s)).fold(0., f64::max);
        let instructions = |sample: &Sample| sample.instructions;
        let with = own.iter().max_by(|a, b| a.instructions.total_cmp(&b.instructions));
        let under = tables.iter().map(|(_, table)| {
            let per_unit = |sample: &Sample| table.per_unit(sample);
            (table.weight(name), mean(&per_unit), most(&per_unit))
        });
        Row {
            name,
            mean: mean(&instructions),
            most: most(&instructions),
            with: with.map_or("", |sample| &sample.form),
            under: under.collect(),
        }
    }
}
