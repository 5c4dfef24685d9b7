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

    /// What fits `samples`: an operator weighs its instructions as multiples of the median of the common ones,
    /// the mean over its samples, or more where one of them would be above [`MOST`] medians for a unit.
    ///
    /// # Errors
    /// An operator has no sample.
    pub fn fitted(samples: &[Sample]) -> Result<Self> {
        let median = Spread::of(samples, &Self::ones()).median;
        let bytes_per_unit = [16, 8].into_iter().find(|bytes| {
            let most = samples.iter().filter(|sample| sample.bytes >= LONG);
            most.map(|sample| sample.instructions / f64::from(sample.bytes / bytes)).fold(0., f64::max)
                <= MOST * median
        });
        let mut table = Self { bytes_per_unit: bytes_per_unit.unwrap_or(8), ..Self::ones() };
        for (name, weight) in table.weights.iter_mut().filter(|(_, weight)| **weight > 0) {
            let own = || samples.iter().filter(|sample| key(sample.operator) == *name && sample.bytes < LONG);
            if own().next().is_none() {
                return Err(format!("{name} is not measured").into());
            }
            let units = |sample: &Sample, unit: f64| sample.instructions / unit - f64::from(sample.beside);
            let mean = own().map(|sample| units(sample, median)).sum::<f64>() / own().count() as f64;
            let least = own().map(|sample| units(sample, median * MOST)).fold(1., f64::max);
            *weight = mean.round().max(least.ceil()) as u8;
        }
        Ok(table)
    }

    /// What an operator weighs, by its name in the text format or in Rust.
    pub fn weight(&self, name: &str) -> u8 {
        self.weights.get(&key(name)).copied().unwrap_or(0)
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
        let mut means: Vec<_> =
            common.values().map(|forms| forms.iter().sum::<f64>() / forms.len() as f64).collect();
        means.sort_by(f64::total_cmp);
        let median = means[means.len() / 2];
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

/// One name for `local.get` and `local_get`, for `if` and `if_`.
fn key(name: &str) -> String {
    name.replace('.', "_").trim_end_matches('_').to_owned()
}

/// The most instructions for a unit of fuel that any operator should take, as a multiple of the median.
const MOST: f64 = 6.;

/// From so many bytes on, bulk work is a matter of its bytes.
const LONG: u32 = 64;

macro_rules! list {
    ($($opcode:literal $variant:ident $name:ident)*) => { &[$(($opcode, stringify!($name))),*] };
}

const OPERATORS: &[(u16, &str)] = for_each_operator!(list);
