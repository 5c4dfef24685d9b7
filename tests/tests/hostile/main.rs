//! Damaged modules on both engines of a desktop: the same verdict, no panic, and what is still taken runs the same. And a link's service
//! that is besieged.
//!
//! Each source is damaged so many times, by a bit, a byte, a few bytes or its end, the same way in every run.
//! `MUTANTS=N` damages N times in all.

#![forbid(unsafe_code)]

#[path = "../support/examples.rs"]
mod examples;
mod siege;
mod sources;
mod verdict;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aingle_wasm_fuel::{Profile, canonicalise, check};
use aingle_wasm_tests::Damage;
use libtest_mimic::{Arguments, Failed, Trial};
use sources::Source;
use verdict::Verdict;

fn main() {
    let arguments = Arguments::from_args();
    let mutants = env::var("MUTANTS").ok().and_then(|number| number.parse().ok()).unwrap_or(MUTANTS);
    let taken = Arc::new(AtomicUsize::new(0));
    let mut trials = Vec::new();
    let sources = sources::all();
    let share = mutants.div_ceil(sources.len());
    for source in sources {
        let taken = taken.clone();
        trials.push(Trial::test(source.name, move || {
            taken.fetch_add(compare(&source, share)?, Ordering::Relaxed);
            Ok(())
        }));
    }
    trials.push(Trial::test("siege::wasmi", move || {
        siege::withstand(aingle_wasm_backend_wasmi::Engine::default(), 20 * mutants)
    }));
    trials.push(Trial::test("siege::wasmer", move || {
        siege::withstand(aingle_wasm_backend_wasmer::Engine::default(), mutants)
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if arguments.list || conclusion.num_filtered_out > 0 || conclusion.has_failed() {
        conclusion.exit();
    }
    let taken = taken.load(Ordering::Relaxed);
    println!("{mutants} damaged modules, {taken} of them still taken");
    assert!(
        (mutants / 20..mutants).contains(&taken),
        "the damage is too large or too small to say something"
    );
}

/// Damages a source `mutants` times; how many of the modules were still taken.
fn compare(source: &Source, mutants: usize) -> Result<usize, Failed> {
    let sound = (source.make)()?;
    let whole = source.verdicts(&sound).map_err(|engine| format!("{engine} panics"))?;
    if !whole[0].is_taken() || whole[0] != whole[1] {
        return Err(format!("undamaged: {}", whole[0].beside(&whole[1])).into());
    }
    let mut taken = 0;
    for number in 0..mutants {
        let damage = Damage::new(number as u64, sound.len());
        let mut wasm = sound.clone();
        let left = damage.done_to(&mut wasm);
        wasm.truncate(left);
        let verdicts = source.verdicts(&wasm).map_err(|engine| format!("{damage:?}: {engine} panics"))?;
        if verdicts[0] != verdicts[1] {
            return Err(format!("{damage:?}: {}", verdicts[0].beside(&verdicts[1])).into());
        }
        taken += usize::from(verdicts[0].is_taken());
    }
    Ok(taken)
}

impl Source {
    /// What wasmi and wasmer make of a module, in its canonical form as the command does it; the name of the engine
    /// that panicked.
    fn verdicts(&self, wasm: &[u8]) -> Result<[Verdict; 2], &'static str> {
        let canonical = catch_unwind(|| match check(wasm, &Profile::DEVICE) {
            Err(refusal) if refusal.rule.is_repairable() => {
                canonicalise(wasm).map_or_else(|_| wasm.to_vec(), |repaired| repaired.into_owned())
            }
            _ => wasm.to_vec(),
        })
        .map_err(|_| "the check")?;
        let of = |engine, verdict: fn(&Self, &[u8]) -> Verdict| {
            catch_unwind(AssertUnwindSafe(|| verdict(self, &canonical))).map_err(|_| engine)
        };
        Ok([of("wasmi", Self::on_wasmi)?, of("wasmer", Self::on_wasmer)?])
    }
}

/// Damaged modules, unless the environment says otherwise.
const MUTANTS: usize = 1_000;
