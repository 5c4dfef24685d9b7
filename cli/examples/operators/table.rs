//! Weights of the operators: those of the specification, and those that fit what was measured.

use std::collections::BTreeMap;

use aingle_wasm_fuel::{for_each_operator, spec::Spec};
use wasmi::OperatorCost;

use crate::{Result, measure::Sample};

/// Weights of the operators, and how many bytes of bulk work cost a unit.
pub struct Table {
    weights: BTreeMap<String, u8>,
    pub bytes_per_unit: u32,
}

impl Table {
    /// The specification's.
    pub fn v1() -> Self {
        let weights = OPERATORS.iter().map(|(opcode, name)| (key(name), Spec::V1.cost(*opcode))).collect();
        Self { weights, bytes_per_unit: Spec::V1.bytes_per_unit() }
    }

    /// All that is not free weighs one.
    pub fn ones() -> Self {
        let weights = Self::v1().weights.into_iter().map(|(name, weight)| (name, weight.min(1))).collect();
        Self { weights, bytes_per_unit: 64 }
    }

    /// What fits `samples`: an operator weighs its instructions as a multiple of the median of the common ones,
    /// the middle one of its samples; one if that is below two; and more where a sample would be above [`MOST`]
    /// medians for a unit.
    ///
    /// # Errors
    /// An operator has no sample.
    pub fn fitted(samples: &[Sample]) -> Result<Self> {
        let median = Spread::of(samples, &Self::ones()).median;
        let dearest = samples.iter().filter(|sample| sample.bytes >= LONGEST);
        let dearest = dearest.map(|sample| sample.instructions / f64::from(sample.bytes)).fold(0., f64::max);
        let bytes_per_unit = if 16. * dearest <= MOST * median { 16 } else { 8 };
        let mut table = Self { bytes_per_unit, ..Self::ones() };
        for (name, weight) in table.weights.iter_mut().filter(|(_, weight)| **weight > 0) {
            let own = || samples.iter().filter(|sample| key(sample.operator) == *name && sample.bytes < LONG);
            if own().next().is_none() {
                return Err(format!("{name} is not measured").into());
            }
            let units = |sample: &Sample, unit: f64| sample.instructions / unit - f64::from(sample.beside);
            let usual = middle(own().map(|sample| units(sample, median)).collect());
            let usual = if usual < 2. { 1. } else { usual.round() };
            let least = own().map(|sample| units(sample, median * MOST)).fold(1., f64::max);
            *weight = usual.max(least.ceil()) as u8;
        }
        Ok(table)
    }

    /// What an operator weighs, by its name in the text format or in Rust.
    pub fn weight(&self, name: &str) -> u8 {
        self.weights.get(&key(name)).copied().unwrap_or(0)
    }

    /// The lines of the specification that would say otherwise, for the operators of `samples`.
    pub fn changes(&self, samples: &[Sample]) -> Vec<String> {
        let v1 = Self::v1();
        let changed = |(opcode, name): &(u16, &str)| {
            let name = samples.iter().map(|sample| sample.operator).find(|other| key(other) == key(name))?;
            let weight = self.weight(name);
            (weight != v1.weight(name)).then(|| format!("{opcode:#04x} {name} {weight}"))
        };
        let bytes = (self.bytes_per_unit != v1.bytes_per_unit).then_some(self.bytes_per_unit);
        let bytes = bytes.map(|bytes| format!("bytes_per_unit {bytes}"));
        OPERATORS.iter().filter_map(changed).chain(bytes).collect()
    }

    /// Instructions for a unit of fuel.
    pub fn per_unit(&self, sample: &Sample) -> f64 {
        let weight = u32::from(self.weight(sample.operator));
        sample.instructions / f64::from(weight + sample.beside + sample.bytes / self.bytes_per_unit)
    }

    /// As wasmi takes it.
    pub fn costs(&self) -> OperatorCost {
        let mut costs = OperatorCost::default();
        macro_rules! fill {
            ($($opcode:literal $variant:ident $name:ident)*) => {
                $(costs.$name = self.weight(stringify!($name));)*
            };
        }
        for_each_operator!(fill);
        costs
    }
}

/// How far instructions for a unit of fuel lie apart.
pub struct Spread {
    /// Of the common operators, in instructions for a unit.
    pub median: f64,
    /// The dearest sample, in medians.
    pub most: f64,
    /// That sample.
    pub dearest: String,
}

impl Spread {
    pub fn of(samples: &[Sample], table: &Table) -> Self {
        let mut common = BTreeMap::<_, Vec<f64>>::new();
        for sample in samples.iter().filter(|sample| is_common(sample.operator)) {
            common.entry(sample.operator).or_default().push(table.per_unit(sample));
        }
        let mean = |forms: &Vec<f64>| forms.iter().sum::<f64>() / forms.len() as f64;
        let median = middle(common.values().map(mean).collect());
        let paid = samples.iter().filter(|sample| table.weight(sample.operator) > 0);
        let dearest = paid.max_by(|a, b| table.per_unit(a).total_cmp(&table.per_unit(b)));
        let most = dearest.map_or(0., |sample| table.per_unit(sample) / median);
        let dearest = dearest.map(|sample| format!("{} {}", sample.operator, sample.form));
        Self { median, most, dearest: dearest.unwrap_or_default() }
    }
}

/// The operators that most code is made of.
fn is_common(name: &str) -> bool {
    let integer = name.starts_with("i32.") && !name.contains("_f") && !name.contains("_i64");
    let memory = name.contains(".load") || name.contains(".store");
    let variable = name.starts_with("local.") || name.starts_with("global.");
    integer || memory || variable || ["br", "br_if", "br_table", "if"].contains(&name)
}

/// The middle one of some numbers, the upper one of two.
fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.)
}

/// One name for `local.get` and `local_get`, for `if` and `if_`.
fn key(name: &str) -> String {
    name.replace('.', "_").trim_end_matches('_').to_owned()
}

/// The most instructions for a unit of fuel that any operator should take, as a multiple of the median.
const MOST: f64 = 6.;

/// From so many bytes on, bulk work is also a matter of its bytes.
const LONG: u32 = 64;

/// From so many bytes on, it is a matter of its bytes alone.
const LONGEST: u32 = 4096;

macro_rules! list {
    ($($opcode:literal $variant:ident $name:ident)*) => { &[$(($opcode, stringify!($name))),*] };
}

const OPERATORS: &[(u16, &str)] = for_each_operator!(list);
