//! Random guests and operations give the same results, traps and memories.

mod support;

use aingle_wasm_fuel::{Summary, small_memory};
use proptest::prelude::*;
use support::{
    Pair,
    guest::{ACCESSES, SEGMENT, arguments, text, words},
};
use wasmi::Val;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_rewritten_guest_does_as_the_guest(
        (size, offset, data, steps) in guest_and_steps()
    ) {
        if let Ok(mut pair) = Pair::parse(&text(size, offset, data)) {
            for step in steps {
                step.take(&mut pair);
            }
            pair.memory();
        }
    }
}

proptest! {
    #[test]
    fn a_damaged_module_is_refused_or_still_rewritten_to_a_valid_one(
        size in 0..200_000_u32,
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut wasm = wat::parse_str(text(size, 0, Some(0))).unwrap();
        for (place, byte) in damage {
            let place = place.index(wasm.len());
            wasm[place] = byte;
        }
        let _ = Summary::read(&wasm);
        match small_memory::rewrite(&wasm) {
            Ok(rewritten) => {
                prop_assert!(rewritten.shift < small_memory::PAGE);
                wasmparser::validate(&rewritten.wasm).unwrap();
            }
            Err(error) => prop_assert!(error.offset <= wasm.len() as u64),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Access(usize, u32, u64),
    Bulk(&'static str, [u32; 3]),
    Grow(u32),
    Size,
    Drop,
}

impl Step {
    fn take(self, pair: &mut Pair) {
        let _ = match self {
            Self::Access(place, address, bits) => {
                let access = &ACCESSES[place];
                pair.call(access.name, &arguments(access, address, bits))
            }
            Self::Bulk(name, operands) => pair.call(name, &words(operands)),
            Self::Grow(pages) => pair.call("memory.grow", &[Val::I32(pages as i32)]),
            Self::Size => pair.call("memory.size", &[]),
            Self::Drop => pair.call("data.drop", &[]),
        };
    }
}

fn guest_and_steps() -> impl Strategy<Value = (u32, u32, Option<u32>, Vec<Step>)> {
    let size = prop_oneof![0..64_u32, 65_500..65_600_u32, 0..200_000_u32];
    size.prop_flat_map(|size| {
        (
            Just(size),
            prop_oneof![Just(0), 0..16_u32, near(size), 0..=u32::MAX - 65_535],
            proptest::option::of(near(size).prop_map(|place| place.min(u32::MAX - 65_535))),
            proptest::collection::vec(step(size), 1..60),
        )
    })
}

fn step(size: u32) -> impl Strategy<Value = Step> {
    let address = || prop_oneof![4 => near(size), 2 => 0..=size, 1 => any::<u32>()];
    let len = || prop_oneof![4 => 0..40_u32, 1 => near(size), 1 => any::<u32>()];
    prop_oneof![
        12 => (0..ACCESSES.len(), address(), any::<u64>())
            .prop_map(|(place, address, bits)| Step::Access(place, address, bits)),
        2 => (address(), any::<u32>(), len())
            .prop_map(|(to, byte, len)| Step::Bulk("memory.fill", [to, byte, len])),
        2 => (address(), address(), len())
            .prop_map(|(to, from, len)| Step::Bulk("memory.copy", [to, from, len])),
        2 => (address(), 0..SEGMENT + 2, 0..SEGMENT + 2)
            .prop_map(|(to, from, len)| Step::Bulk("memory.init", [to, from, len])),
        1 => prop_oneof![0..3_u32, any::<u32>()].prop_map(Step::Grow),
        1 => Just(Step::Size),
        1 => Just(Step::Drop),
    ]
}

/// A number within a few bytes of the guest's end.
fn near(size: u32) -> impl Strategy<Value = u32> {
    (0..24_u32).prop_map(move |step| size.saturating_sub(12).wrapping_add(step))
}
