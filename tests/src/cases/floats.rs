//! Floats to the bit: one NaN for all that is computed, whatever went in, and the same integers.

use aingle_wasm_core::{
    engine::{Engine, Value, Values},
    error::{Error, Trap},
};

use crate::{Failure, Probe, probe::Subject};

pub fn fault_41_computed_nans_are_canonical<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("floats"))?;
    for width in WIDTHS {
        let (one, canonical) = ((width.of)(1.0), [width.canonical]);
        for nan in width.nans.into_iter().flatten() {
            for operator in ["add", "sub", "mul", "div", "min", "max"] {
                for operands in [[nan, one], [one, nan], [nan, nan]] {
                    ensure!(guest.run(&[width.name, ".", operator], &operands)?[..] == canonical);
                }
            }
            for operator in ["sqrt", "ceil", "floor", "trunc", "nearest"] {
                ensure!(guest.run(&[width.name, ".", operator], &[nan])?[..] == canonical);
            }
        }
    }
    let (singles, doubles) = (SINGLE.nans.into_iter().flatten(), DOUBLE.nans.into_iter().flatten());
    for (single, double) in singles.zip(doubles) {
        ensure!(guest.run(&["f64.promote_f32"], &[single])?[..] == [DOUBLE.canonical]);
        ensure!(guest.run(&["f32.demote_f64"], &[double])?[..] == [SINGLE.canonical]);
    }
    Ok(())
}

pub fn fault_41_nans_of_numbers_are_canonical<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    const INFINITE: f64 = f64::INFINITY;
    let mut guest = Subject::load(engine, wasm!("floats"))?;
    for width in WIDTHS {
        for (operator, a, b) in [
            ("div", 0.0, 0.0),
            ("div", INFINITE, -INFINITE),
            ("sub", INFINITE, INFINITE),
            ("add", -INFINITE, INFINITE),
            ("mul", -0.0, INFINITE),
        ] {
            let operands = [(width.of)(a), (width.of)(b)];
            ensure!(guest.run(&[width.name, ".", operator], &operands)?[..] == [width.canonical]);
        }
        ensure!(guest.run(&[width.name, ".sqrt"], &[(width.of)(-1.0)])?[..] == [width.canonical]);
    }
    Ok(())
}

/// What moves bits and computes nothing keeps the whole NaN.
pub fn fault_41_moved_nans_keep_their_bits<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("floats"))?;
    for width in WIDTHS {
        let name = width.name;
        for [nan, negative] in width.nans {
            ensure!(guest.run(&[name, ".detour"], &[nan])?[..] == [nan]);
            ensure!(guest.run(&[name, ".detour"], &[negative])?[..] == [negative]);
            ensure!(guest.run(&[name, ".neg"], &[nan])?[..] == [negative]);
            ensure!(guest.run(&[name, ".neg"], &[negative])?[..] == [nan]);
            ensure!(guest.run(&[name, ".abs"], &[negative])?[..] == [nan]);
            ensure!(guest.run(&[name, ".copysign"], &[nan, (width.of)(-0.0)])?[..] == [negative]);
        }
    }
    Ok(())
}

pub fn fault_41_zeros_keep_their_sign<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("floats"))?;
    for width in WIDTHS {
        for (operator, operands, result) in [
            ("min", &[0.0, -0.0][..], -0.0),
            ("min", &[-0.0, 0.0], -0.0),
            ("max", &[0.0, -0.0], 0.0),
            ("max", &[-0.0, 0.0], 0.0),
            ("add", &[0.0, -0.0], 0.0),
            ("sub", &[-0.0, 0.0], -0.0),
            ("mul", &[-0.0, 1.0], -0.0),
            ("sqrt", &[-0.0], -0.0),
            ("ceil", &[-0.5], -0.0),
            ("trunc", &[-0.5], -0.0),
            ("nearest", &[2.5], 2.0),
        ] {
            let operands: heapless::Vec<_, 2> = operands.iter().map(|number| (width.of)(*number)).collect();
            ensure!(guest.run(&[width.name, ".", operator], &operands)?[..] == [(width.of)(result)]);
        }
    }
    Ok(())
}

/// Numbers near zero are computed with, not taken for zero; what is halfway goes to the even one.
pub fn fault_41_small_floats_stay_exact<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("floats"))?;
    let half = (SINGLE.of)(0.5);
    for (bits, result) in [(1, 0), (2, 1), (3, 2), (0x0080_0001, 0x0040_0000)] {
        ensure!(guest.run(&["f32.mul"], &[Value::F32(bits), half])?[..] == [Value::F32(result)]);
        let double = Value::F64(f64::from(f32::from_bits(bits)).to_bits());
        ensure!(guest.run(&["f64.promote_f32"], &[Value::F32(bits)])?[..] == [double]);
        ensure!(guest.run(&["f32.demote_f64"], &[double])?[..] == [Value::F32(bits)]);
    }
    ensure!(guest.run(&["f64.add"], &[Value::F64(1), Value::F64(2)])?[..] == [Value::F64(3)]);
    for (double, single) in [(1e-60, 0.0), (-1e60, f64::NEG_INFINITY), (1.0 + 1.0 / 16_777_216.0, 1.0)] {
        ensure!(guest.run(&["f32.demote_f64"], &[(DOUBLE.of)(double)])?[..] == [(SINGLE.of)(single)]);
    }
    Ok(())
}

pub fn fault_41_floats_to_integers<E: Engine<Probe> + Clone>(engine: E) -> Result<(), Failure> {
    let mut guest = Subject::load(engine, wasm!("floats"))?;
    for (integer, sign, of, least, most) in INTEGERS {
        for width in WIDTHS {
            let mut convert =
                |how, number| guest.run(&[integer, how, width.name, sign], &[(width.of)(number)]);
            // Every power of two is exact in either width.
            let beyond = most as f64 + 1.0;
            for (number, result) in
                [(-0.9, 0), (0.9, 0), (least as f64, least), (beyond / 2.0, (most + 1) / 2)]
            {
                ensure!(convert(".trunc_", number)?[..] == [of(result)]);
                ensure!(convert(".trunc_sat_", number)?[..] == [of(result)]);
            }
            let below = (least as f64 * 1.001).min(-1.0);
            for (number, result) in [(below, least), (beyond, most), (-1e30, least), (f64::INFINITY, most)] {
                ensure_error!(convert(".trunc_", number), Trap::IntegerOverflow);
                ensure!(convert(".trunc_sat_", number)?[..] == [of(result)]);
            }
            ensure_error!(convert(".trunc_", f64::NAN), Trap::BadConversionToInteger);
            ensure!(convert(".trunc_sat_", f64::NAN)?[..] == [of(0)]);
        }
    }
    Ok(())
}

impl<E: Engine<Probe>> Subject<E> {
    /// Invokes the export of that name, which comes in parts.
    fn run(&mut self, name: &[&str], operands: &[Value]) -> Result<Values, Error> {
        let name: heapless::String<32> = name.iter().copied().collect();
        self.invoke(&name, operands)
    }
}

/// One of the two sizes of a float.
#[derive(Clone, Copy)]
struct Width {
    name: &'static str,
    of: fn(f64) -> Value,
    canonical: Value,
    /// NaNs of every kind, each with its negative: the canonical one, a quiet and a signalling one.
    nans: [[Value; 2]; 3],
}

const WIDTHS: [Width; 2] = [SINGLE, DOUBLE];

const SINGLE: Width = Width {
    name: "f32",
    of: |number| Value::F32((number as f32).to_bits()),
    canonical: Value::F32(0x7fc0_0000),
    nans: [
        [Value::F32(0x7fc0_0000), Value::F32(0xffc0_0000)],
        [Value::F32(0x7fd5_5555), Value::F32(0xffd5_5555)],
        [Value::F32(0x7f80_0001), Value::F32(0xff80_0001)],
    ],
};

const DOUBLE: Width = Width {
    name: "f64",
    of: |number| Value::F64(number.to_bits()),
    canonical: Value::F64(0x7ff8_0000_0000_0000),
    nans: [
        [Value::F64(0x7ff8_0000_0000_0000), Value::F64(0xfff8_0000_0000_0000)],
        [Value::F64(0x7ffa_aaaa_aaaa_aaaa), Value::F64(0xfffa_aaaa_aaaa_aaaa)],
        [Value::F64(0x7ff0_0000_0000_0001), Value::F64(0xfff0_0000_0000_0001)],
    ],
};

/// Type, sign, value, least and most.
type Integer = (&'static str, &'static str, fn(i128) -> Value, i128, i128);

const INTEGERS: [Integer; 4] = [
    ("i32", "_s", |number| Value::I32(number as u32), i32::MIN as i128, i32::MAX as i128),
    ("i32", "_u", |number| Value::I32(number as u32), 0, u32::MAX as i128),
    ("i64", "_s", |number| Value::I64(number as u64), i64::MIN as i128, i64::MAX as i128),
    ("i64", "_u", |number| Value::I64(number as u64), 0, u64::MAX as i128),
];
