//! The rewritten guest ends where the guest ended, to the byte.

mod support;

use support::{
    Pair,
    guest::{ACCESSES, SEGMENT, arguments, text, words},
};
use wasmi::{TrapCode, Val};

const OUT_OF_BOUNDS: TrapCode = TrapCode::MemoryOutOfBounds;
const SIZES: [u32; 8] = [0, 1, 7, 1000, 65_535, 65_536, 65_537, 150_000];

#[test]
fn every_access_reaches_the_last_byte_and_no_further() {
    for size in SIZES {
        for offset in [0, 3, size] {
            let mut pair = Pair::parse(&text(size, offset, None)).unwrap();
            for access in &ACCESSES {
                let last = i64::from(size) - i64::from(access.width) - i64::from(offset);
                for address in [0, last - 1, last, last + 1, i64::from(size), -1] {
                    let arguments = arguments(access, address as u32, 0xf1f2_f3f4_f5f6_f7f8);
                    let outcome = pair.call(access.name, &arguments);
                    let inside = (0..=last).contains(&i64::from(address as u32));
                    assert_eq!(outcome.is_ok(), inside, "{} {size} {address}", access.name);
                    assert!(inside || outcome == Err(OUT_OF_BOUNDS));
                }
            }
            pair.memory();
        }
    }
}

#[test]
fn bulk_operations_end_at_the_last_byte_too() {
    for size in SIZES {
        let mut pair = Pair::parse(&text(size, 0, None)).unwrap();
        let most = size.min(SEGMENT);
        let cases = [
            (size, 0, true),
            (size, 1, false),
            (size + 1, 0, false),
            (size - most, most, true),
            (size - most, most + 1, false),
            (0, size + 1, false),
            (u32::MAX, 0, false),
            (u32::MAX, u32::MAX, false),
            // Their sum wraps into the guest.
            (u32::MAX - 3, 4, false),
            (4, u32::MAX - 3, false),
        ];
        for (address, len, inside) in cases {
            for (name, operands) in [
                ("memory.fill", [address, 0xa5, len]),
                ("memory.copy", [address, 0, len]),
                ("memory.copy", [0, address, len]),
                ("memory.init", [address, 0, len]),
            ] {
                let outcome = pair.call(name, &words(operands));
                let inside = inside && (name != "memory.init" || len <= SEGMENT);
                assert_eq!(outcome.is_ok(), inside, "{name} {operands:?} of {size}");
                assert!(inside || outcome == Err(OUT_OF_BOUNDS));
            }
        }
        pair.memory();
    }
}

#[test]
fn a_copy_may_overlap_itself() {
    let mut pair = Pair::parse(&text(100, 0, Some(10))).unwrap();
    pair.call("memory.copy", &words([13, 10, 7])).unwrap();
    assert_eq!(&pair.memory()[10..20], b"patpattern");
    pair.call("memory.copy", &words([10, 13, 7])).unwrap();
    assert_eq!(&pair.memory()[10..20], b"patternern");
}

#[test]
fn a_passive_segment_is_bounded_by_its_own_end_and_can_be_dropped() {
    let mut pair = Pair::parse(&text(100, 0, None)).unwrap();
    pair.call("memory.init", &words([90, 6, 10])).unwrap();
    assert_eq!(&pair.memory()[90..], b"6789abcdef");
    let beyond = pair.call("memory.init", &words([0, SEGMENT - 1, 2]));
    assert_eq!(beyond, Err(OUT_OF_BOUNDS));
    pair.call("data.drop", &[]).unwrap();
    let dropped = pair.call("memory.init", &words([0, 0, 1]));
    assert_eq!(dropped, Err(OUT_OF_BOUNDS));
    pair.call("memory.init", &words([100, 0, 0])).unwrap();
}

#[test]
fn the_guest_sees_its_size_in_bytes_and_cannot_grow() {
    for size in SIZES {
        let mut pair = Pair::parse(&text(size, 0, None)).unwrap();
        let size = u64::from(size);
        assert_eq!(pair.call("memory.size", &[]), Ok(vec![size]));
        assert_eq!(pair.call("memory.grow", &[Val::I32(0)]), Ok(vec![size]));
        for pages in [1, 2, i32::MAX, i32::MIN, -1] {
            let failed = Ok(vec![u64::from(u32::MAX)]);
            assert_eq!(pair.call("memory.grow", &[Val::I32(pages)]), failed);
        }
        assert_eq!(pair.call("memory.size", &[]), Ok(vec![size]));
    }
}

#[test]
fn a_data_segment_ends_with_the_guest_or_fails_its_start() {
    let pattern = 7;
    for size in SIZES {
        for place in [size.wrapping_sub(pattern), size.wrapping_sub(pattern - 1), size] {
            if place > u32::MAX - 65_535 {
                continue;
            }
            let pair = Pair::parse(&text(size, 0, Some(place)));
            match place.checked_add(pattern).is_some_and(|end| end <= size) {
                true => assert!(pair.unwrap().memory().ends_with(b"pattern")),
                false => assert_eq!(pair.err(), Some(OUT_OF_BOUNDS)),
            }
        }
    }
}
