//! Numeric exports at their limits: the same numbers, traps and fuel from every target. The numbers of the cases are
//! those of the project's list of faults.

use aingle_wasm::Error;
use aingle_wasm_core::{
    engine::{
        Value::{self, F32, F64, I32, I64},
        Values,
    },
    error::Trap::{self, *},
    link::client,
};
use aingle_wasm_fuel::spec::Spec;
use libtest_mimic::Trial;

use crate::{Done, all::All, ensure, trial};

pub fn list(trials: &mut Vec<Trial>) {
    let growing = include_str!("../../guests/growing.wat");
    let traps = include_str!("../../guests/traps.wat");
    let floats = include_str!("../../guests/floats.wat");
    for (name, text, calls) in [
        ("fault_28::bulk_operations_cost_their_bytes", growing, BULK),
        ("fault_29::recursion_ends_at_the_same_depth", traps, DEPTH),
        ("fault_30::growth_that_fails_changes_nothing", growing, GROWTH),
        ("fault_37::what_was_stored_is_forgotten", traps, AFTERWARDS),
        ("fault_41::nans_are_canonical", floats, NANS),
        ("fault_41::floats_to_integers", floats, CONVERSIONS),
    ] {
        trials.push(trial(name, move || run(text, calls)));
    }
}

/// An export, its arguments, and what it gives.
type Call = (&'static str, &'static [Value], Result<&'static [Value], Trap>);

/// Makes the calls in order, each with fuel to spare, then with one unit too little, then again.
fn run(text: &str, calls: &[Call]) -> Done {
    let mut all = All::with(&wat::parse_str(text)?)?;
    for (export, arguments, expected) in calls {
        let expected = expected.map_err(Trap::code);
        let (end, fuel_used) = invoke(&mut all, export, arguments, PLENTY)?;
        ensure!(end.as_deref() == expected.as_ref().copied(), "{export}{arguments:?}: {end:?}");
        ensure!(fuel_used <= PLENTY, "{export}{arguments:?}: {fuel_used} units");
    }
    let Some((export, arguments, _)) = calls.iter().find(|(_, _, expected)| expected.is_ok()) else {
        return Ok(());
    };
    // On a guest that has just been loaded, as the first of them found it.
    all.load(&wat::parse_str(text)?)?;
    let (whole, needed) = invoke(&mut all, export, arguments, PLENTY)?;
    all.load(&wat::parse_str(text)?)?;
    let (short, _) = invoke(&mut all, export, arguments, needed - 1)?;
    ensure!(short == Err(OutOfFuel.code()), "{export} under {} of {needed} units: {short:?}", needed - 1);
    let again = invoke(&mut all, export, arguments, needed)?;
    ensure!(again == (whole, needed), "{export} under {needed} units: {again:?}");
    Ok(())
}

/// Results or the trap's code, and the fuel used, which must be equal everywhere.
fn invoke(
    all: &mut All,
    export: &str,
    arguments: &[Value],
    fuel: u64,
) -> Result<(Result<Values, u8>, u64), libtest_mimic::Failed> {
    all.each(&format!("{export}{arguments:?} under {fuel} units"), |target| {
        match target.invoke(export, arguments, fuel) {
            Ok((results, run)) => Ok((Ok(results), run.fuel_used)),
            Err(Error::Link(client::Error::Failed(failure, run))) => Ok((Err(failure.code()), run.fuel_used)),
            Err(error) => Err(error.to_string()),
        }
    })
}

const BULK: &[Call] = &[
    ("fill", &[I32(0), I32(1 << 16)], Ok(&[])),
    ("fill", &[I32(1), I32(1 << 16)], Err(MemoryOutOfBounds)),
    ("copy", &[I32(0), I32(1), I32(0xffff)], Ok(&[])),
    ("copy", &[I32(0), I32(2), I32(0xffff)], Err(MemoryOutOfBounds)),
    ("fill", &[I32(0), I32(Spec::V1.bytes_per_unit())], Ok(&[])),
    ("fill", &[I32(0), I32(Spec::V1.bytes_per_unit() - 1)], Ok(&[])),
];

const FRAMES: u32 = Spec::V1.depth();

const DEPTH: &[Call] = &[
    ("down", &[I32(FRAMES - 1)], Ok(&[I32(FRAMES)])),
    ("down", &[I32(FRAMES)], Err(StackOverflow)),
    ("down_in_turn", &[I32(FRAMES - 1)], Ok(&[I32(FRAMES)])),
    ("down_in_turn", &[I32(FRAMES)], Err(StackOverflow)),
    ("down_through_table", &[I32(FRAMES - 1)], Ok(&[I32(FRAMES)])),
    ("down_through_table", &[I32(FRAMES)], Err(StackOverflow)),
    ("recurse", &[I32(0)], Err(StackOverflow)),
];

const FAILED: &[Value] = &[I32(u32::MAX)];

const GROWTH: &[Call] = &[
    ("grow", &[I32(3)], Ok(FAILED)),
    ("size", &[], Ok(&[I32(1)])),
    ("load8", &[I32(1 << 16)], Err(MemoryOutOfBounds)),
    ("storm", &[], Err(OutOfFuel)),
    ("size", &[], Ok(&[I32(1)])),
    ("grow", &[I32(2)], Ok(&[I32(1)])),
    ("load8", &[I32((3 << 16) - 1)], Ok(&[I32(0)])),
    ("grow", &[I32(1)], Ok(FAILED)),
    ("load8", &[I32(3 << 16)], Err(MemoryOutOfBounds)),
    ("size", &[], Ok(&[I32(1)])),
];

const AFTERWARDS: &[Call] = &[
    ("store64", &[I32(40)], Ok(&[])),
    ("load32", &[I32(40)], Ok(&[I32(u32::MAX)])),
    ("unreachable", &[], Err(Unreachable)),
    ("load32", &[I32(40)], Ok(&[I32(0)])),
    ("store64", &[I32(40)], Ok(&[])),
    ("div", &[I32(1), I32(0)], Err(IntegerDivisionByZero)),
    ("load32", &[I32(40)], Ok(&[I32(0)])),
];

const NAN_32: &[Value] = &[F32(0x7fc0_0000)];
const NAN_64: &[Value] = &[F64(0x7ff8_0000_0000_0000)];
/// NaNs that are not canonical: a signalling one, and a negative one with a payload.
const ODD_32: [Value; 2] = [F32(0x7f80_0001), F32(0xffd5_5555)];
const ODD_64: [Value; 2] = [F64(0x7ff0_0000_0000_0001), F64(0xfffa_aaaa_aaaa_aaaa)];

const NANS: &[Call] = &[
    ("f32.add", &ODD_32, Ok(NAN_32)),
    ("f32.div", &[F32(0), F32(0)], Ok(NAN_32)),
    ("f32.min", &ODD_32, Ok(NAN_32)),
    ("f32.max", &ODD_32, Ok(NAN_32)),
    ("f32.sqrt", &[F32(0xbf80_0000)], Ok(NAN_32)),
    ("f32.nearest", &[ODD_32[0]], Ok(NAN_32)),
    ("f32.demote_f64", &[ODD_64[1]], Ok(NAN_32)),
    ("f32.detour", &[ODD_32[0]], Ok(&[ODD_32[0]])),
    ("f32.neg", &[ODD_32[1]], Ok(&[F32(0x7fd5_5555)])),
    ("f32.copysign", &ODD_32, Ok(&[F32(0xff80_0001)])),
    ("f64.add", &ODD_64, Ok(NAN_64)),
    ("f64.div", &[F64(0), F64(0)], Ok(NAN_64)),
    ("f64.min", &ODD_64, Ok(NAN_64)),
    ("f64.max", &ODD_64, Ok(NAN_64)),
    ("f64.sqrt", &[F64(0xbff0_0000_0000_0000)], Ok(NAN_64)),
    ("f64.nearest", &[ODD_64[0]], Ok(NAN_64)),
    ("f64.promote_f32", &[ODD_32[1]], Ok(NAN_64)),
    ("f64.detour", &[ODD_64[0]], Ok(&[ODD_64[0]])),
    ("f64.neg", &[ODD_64[1]], Ok(&[F64(0x7ffa_aaaa_aaaa_aaaa)])),
    ("f64.copysign", &ODD_64, Ok(&[F64(0xfff0_0000_0000_0001)])),
];

const CONVERSIONS: &[Call] = &[
    ("i32.trunc_f32_s", &[ODD_32[0]], Err(BadConversionToInteger)),
    ("i64.trunc_f64_u", &[ODD_64[1]], Err(BadConversionToInteger)),
    ("i32.trunc_f32_s", &[F32(0x4f00_0000)], Err(IntegerOverflow)),
    ("i32.trunc_f32_s", &[F32(0xcf00_0000)], Ok(&[I32(0x8000_0000)])),
    ("i32.trunc_f64_u", &[F64(0x41ef_ffff_ffff_ffff)], Ok(&[I32(u32::MAX)])),
    ("i32.trunc_f64_u", &[F64(0xbff0_0000_0000_0000)], Err(IntegerOverflow)),
    ("i32.trunc_f64_u", &[F64(0xbfef_ffff_ffff_ffff)], Ok(&[I32(0)])),
    ("i64.trunc_f32_s", &[F32(0xdf00_0000)], Ok(&[I64(1 << 63)])),
    ("i64.trunc_f32_s", &[F32(0x5f00_0000)], Err(IntegerOverflow)),
    ("i32.trunc_sat_f32_s", &[ODD_32[1]], Ok(&[I32(0)])),
    ("i64.trunc_sat_f64_u", &[F64(0x7ff0_0000_0000_0000)], Ok(&[I64(u64::MAX)])),
    ("i64.trunc_sat_f64_s", &[F64(0xfff0_0000_0000_0000)], Ok(&[I64(1 << 63)])),
];

/// Fuel for whatever ends.
const PLENTY: u64 = 200_000;
