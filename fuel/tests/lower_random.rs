//! Random guests, lowered, do as wasmi does with fuel of its own.
//!
//! `PROGRAMS` and `FIRST` in the environment say how many, and from which seed.

mod support;

use aingle_wasm_fuel::{canonicalise, spec::Spec};
use support::{
    smith::{self, Numbers},
    twin::{Running, Twin, val},
};

/// Charges where wasmi's table has none, and none where it has.
const ODD: Spec =
    Spec::V1.with_cost(0x0b, 13).with_cost(0x03, 11).with_cost(0x41, 0).with_cost(0x42, 0).with_cost(0x05, 3);

#[test]
fn random_guests_use_the_same_fuel() {
    let programs = std::env::var("PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let first: u64 = std::env::var("FIRST").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let (mut ran, mut calls, mut stopped) = (0, 0, [0; 8]);
    let mut seed = first;
    while ran < programs {
        seed += 1;
        let Some(wasm) = smith::module(seed) else { continue };
        let Ok(wasm) = canonicalise(&wasm) else { continue };
        for spec in [Spec::V1, ODD] {
            let Some(twin) = Twin::new(&wasm, &spec) else { continue };
            let Some(mut running) = twin.start() else { continue };
            println!("seed {seed}");
            let kinds = exercise(&mut running, &mut Numbers(seed));
            for kind in kinds {
                calls += 1;
                stopped[kind] += 1;
            }
        }
        ran += 1;
    }
    println!("{ran} programs of {} seeds, {calls} calls, by outcome {stopped:?}", seed - first);
    // Every kind that a lowered guest gives by itself was met.
    assert!(stopped[0] > 0 && stopped[1] > 0, "{stopped:?}");
}

/// Calls every export often; answers a number for each outcome.
fn exercise(running: &mut Running<'_>, numbers: &mut Numbers) -> Vec<usize> {
    use wasmi::TrapCode::*;
    let mut kinds = Vec::new();
    for (name, parameters) in running.entries() {
        for _ in 0..6 {
            let arguments: Vec<_> = parameters.iter().map(|&ty| val(ty, argument(numbers))).collect();
            let fuel = match numbers.next() % 4 {
                0 => numbers.next() % 20,
                1 => numbers.next() % 200,
                _ => 5_000,
            };
            kinds.push(match running.call(&name, &arguments, fuel).outcome {
                Ok(_) => 0,
                Err(OutOfFuel) => 1,
                Err(StackOverflow) => 2,
                Err(MemoryOutOfBounds) => 3,
                Err(UnreachableCodeReached) => 4,
                Err(IntegerDivisionByZero | IntegerOverflow | BadConversionToInteger) => 5,
                Err(TableOutOfBounds | IndirectCallToNull | BadSignature) => 6,
                Err(_) => 7,
            });
        }
    }
    kinds
}

fn argument(numbers: &mut Numbers) -> u64 {
    match numbers.next() % 3 {
        0 => numbers.next() % 8,
        1 => numbers.next() % (1 << 17),
        _ => numbers.next(),
    }
}
