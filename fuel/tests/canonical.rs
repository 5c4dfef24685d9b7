//! The canonical form of a module passes the check, and does as the module does.

#[path = "support/metered.rs"]
mod metered;
#[path = "support/smith.rs"]
mod smith;

use std::borrow::Cow;

use aingle_wasm_fuel::{Profile, Reason, Rule, canonicalise, check, spec::Spec};
use wasmi::{Extern, Linker, Module, Store, StoreLimits, TrapCode, Val};

/// Generated modules, by their seeds.
const SEEDS: std::ops::Range<u64> = 0..2_000;

const PROFILE: Profile = Profile { start: true, ..Profile::DEVICE };

#[test]
fn generated_modules_do_as_their_canonical_forms() {
    let (mut canonical, mut repaired, mut refused, mut compared) = (0, 0, 0, 0);
    for seed in SEEDS {
        let Some(wasm) = smith::module(seed) else { continue };
        let before = check(&wasm, &PROFILE);
        let form = match canonicalise(&wasm) {
            Ok(form) => form,
            Err(error) => {
                let Reason::Refused(rule) = error.reason else { panic!("{seed}: {error}") };
                assert!(!rule.is_repairable() && before.is_err(), "{seed}: {error}");
                refused += 1;
                continue;
            }
        };
        assert_eq!(check(&form, &PROFILE), Ok(()), "{seed}");
        assert!(matches!(canonicalise(&form), Ok(Cow::Borrowed(_))), "{seed}");
        match before {
            Ok(()) => {
                assert!(matches!(form, Cow::Borrowed(_)), "{seed}");
                canonical += 1;
            }
            Err(refusal) => {
                assert!(refusal.rule.is_repairable(), "{seed}: {refusal}");
                repaired += 1;
                wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
                    .validate_all(&form)
                    .unwrap();
                if refusal.rule != Rule::StoreOfAddress {
                    compared += u32::from(is_the_same(&wasm, &form, seed));
                }
            }
        }
    }
    println!("{canonical} canonical, {repaired} repaired, {refused} refused, {compared} compared");
    assert!(canonical > 100 && compared > 100);
}

/// Whether both ended; panics when they differ.
fn is_the_same(wasm: &[u8], form: &[u8], seed: u64) -> bool {
    const FUEL: u64 = 100_000;
    let Some(expected) = trace(wasm, FUEL) else { return false };
    // The way through locals costs some, and what was folded is charged where it belongs.
    assert_eq!(trace(form, 100 * FUEL), Some(expected), "{seed}");
    true
}

/// All that a host sees of a module whose exports it calls, each with zeros; nothing when fuel runs out.
fn trace(wasm: &[u8], fuel: u64) -> Option<Vec<String>> {
    let engine = metered::engine(Some(&Spec::V1));
    let module = Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, (metered::limits(), Vec::new()));
    store.set_fuel(fuel).unwrap();
    store.limiter(|(limits, _): &mut (StoreLimits, Vec<String>)| limits);
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "same", |value: i32| value).unwrap();
    linker.func_wrap("env", "none", || {}).unwrap();
    linker
        .func_wrap("env", "note", |mut caller: wasmi::Caller<(_, Vec<String>)>, a: i64, b: f64| {
            caller.data_mut().1.push(format!("{a} {:x}", b.to_bits()));
        })
        .unwrap();
    let instance = match linker.instantiate_and_start(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => return (error.as_trap_code() != Some(TrapCode::OutOfFuel)).then(Vec::new),
    };
    let exports: Vec<_> = instance.exports(&store).map(|export| export.into_extern()).collect();
    for function in exports.iter().filter_map(|export| (*export).into_func()) {
        let zeros =
            |types: &[wasmi::ValType]| types.iter().map(|&ty| Val::default_for_ty(ty)).collect::<Vec<_>>();
        let ty = function.ty(&store);
        let mut results = zeros(ty.results());
        let outcome = function.call(&mut store, &zeros(ty.params()), &mut results);
        let outcome = match outcome.map_err(|error| error.as_trap_code().unwrap()) {
            Ok(()) => format!("{:x?}", results.iter().map(metered::bits).collect::<Vec<_>>()),
            Err(TrapCode::OutOfFuel) => return None,
            Err(trap) => trap.to_string(),
        };
        store.data_mut().1.push(outcome);
    }
    let states: Vec<_> = exports
        .iter()
        .map(|export| match export {
            Extern::Memory(memory) => {
                let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(memory.data(&store));
                format!("{checksum:x}")
            }
            Extern::Global(global) => format!("{:x}", metered::bits(&global.get(&store))),
            _ => String::new(),
        })
        .collect();
    Some([&store.data().1[..], &states].concat())
}
