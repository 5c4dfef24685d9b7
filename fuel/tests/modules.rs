//! Whole modules: what passes through, what is refused, and a real guest.

mod support;

use std::borrow::Cow;

use aingle_wasm_fuel::{Error, Reason, Summary, small_memory::rewrite};
use support::{KERNELS, Pair};
use wasmi::Val;

#[test]
fn six_kernels_of_a_real_guest_give_their_known_results() {
    let mut pair = Pair::new(KERNELS).unwrap();
    for (name, argument, expected) in [
        ("fib", 20, 6_765),
        ("sieve", 8_192, 1_028),
        ("matmul", 16, 8_214_400),
        ("crc", 4_096, 1_631_683_566),
        ("sort", 512, 1_978_193_891),
        ("sha", 2_048, 226_909_917),
    ] {
        assert_eq!(pair.call(name, &[Val::I32(argument)]), Ok(vec![expected]), "{name}");
    }
    pair.memory();
}

#[test]
fn calls_tables_globals_and_start_keep_their_places() {
    let mut pair = Pair::parse(
        r#"(module
            (type $unary (func (param i32) (result i32)))
            (import "env" "double" (func $double (type $unary)))
            (memory (export "memory") 100 100 (pagesize 1))
            (table 2 funcref)
            (elem (i32.const 0) $double $increment)
            (global $started (mut i32) (i32.const 0))
            (global (export "place") i32 (i32.const 64))
            (func $increment (type $unary) (i32.add (local.get 0) (i32.const 1)))
            (func $start
                (global.set $started (i32.const 7))
                (memory.fill (i32.const 90) (i32.const 1) (i32.const 10)))
            (start $start)
            (func (export "started") (result i32) (global.get $started))
            (func (export "through") (param i32 i32) (result i32)
                (call_indirect (type $unary) (local.get 1) (local.get 0))))"#,
    )
    .unwrap();
    assert_eq!(pair.call("started", &[]), Ok(vec![7]));
    for (place, expected) in [(0, 42), (1, 22)] {
        let arguments = [Val::I32(place), Val::I32(21)];
        assert_eq!(pair.call("through", &arguments), Ok(vec![expected]));
    }
    assert!(pair.memory().ends_with(&[1; 10]));
}

#[test]
fn names_that_are_not_sound_pass_through() {
    const NAMES: &[u8] = b"\0\x0a\x04name\x00\x03\x02\xff\xff";
    for memory in ["100 100 (pagesize 1)", "1 1 (pagesize 65536)", "1"] {
        let wasm = wat::parse_str(format!("(module (memory {memory}))")).unwrap();
        let named = [&wasm, NAMES].concat();
        assert!(rewrite(&named).unwrap().wasm.ends_with(NAMES), "{memory}");
    }
}

#[test]
fn segments_are_copied_from_by_their_own_numbers() {
    let mut pair = Pair::parse(
        r#"(module
            (memory (export "memory") 10 10 (pagesize 1))
            (data "one") (data "two") (data (i32.const 0) "active") (data "four")
            (func (export "run")
                (memory.init 3 (i32.const 6) (i32.const 0) (i32.const 4))
                (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 3))
                (memory.init 3 (i32.const 5) (i32.const 1) (i32.const 1))))"#,
    )
    .unwrap();
    pair.call("run", &[]).unwrap();
    assert_eq!(pair.memory(), b"oneivofour");
}

#[test]
fn an_ordinary_module_comes_back_as_it_is() {
    for text in [
        "(module)",
        "(module (memory 1))",
        r#"(module (import "env" "memory" (memory 1)))"#,
        "(module (memory 1 9) (func (drop (memory.grow (i32.const 1)))))",
    ] {
        let wasm = wat::parse_str(text).unwrap();
        let rewritten = rewrite(&wasm).unwrap();
        assert!(matches!(rewritten.wasm, Cow::Borrowed(same) if same == wasm), "{text}");
        assert_eq!(rewritten.shift, 0);
    }
}

#[test]
fn a_page_size_of_64_kib_need_not_be_spelled_out() {
    // wat leaves the default page size out; the flag is bit 3, then the logarithm follows.
    let spelled = b"\0asm\x01\0\0\0\x05\x04\x01\x08\x02\x10";
    let plain = b"\0asm\x01\0\0\0\x05\x03\x01\x00\x02";
    let rewritten = rewrite(spelled).unwrap();
    assert_eq!((&*rewritten.wasm, rewritten.shift), (&plain[..], 0));
}

#[test]
fn sections_pass_through_unless_they_point_into_code() {
    let wasm = wat::parse_str(
        r#"(module $named
            (@custom "aingle.guest" "\01\02\03")
            (memory 10 10 (pagesize 1))
            (func $f (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
            (@custom ".debug_line" "\00")
            (@custom "reloc.CODE" "\00")
            (@custom "linking" "\02"))"#,
    )
    .unwrap();
    let rewritten = rewrite(&wasm).unwrap();
    let names = |wasm| {
        let custom = Summary::read(wasm).unwrap().custom;
        custom.into_iter().map(|section| (section.name, section.size))
    };
    let kept: Vec<_> = names(&wasm).filter(|(name, _)| name == "aingle.guest" || name == "name").collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(names(&rewritten.wasm).collect::<Vec<_>>(), kept);
}

#[test]
fn the_same_module_gives_the_same_bytes() {
    assert_eq!(rewrite(KERNELS), rewrite(KERNELS));
}

#[test]
fn a_memory_that_may_grow_is_refused_with_the_flag_that_helps() {
    for (memory, maximum) in [("100", None), ("100 200", Some(200))] {
        let error = refusal(&format!("(memory {memory} (pagesize 1))"));
        let minimum = 100;
        assert_eq!(error.reason, Reason::Growable { minimum, maximum });
        assert!(error.to_string().contains("--no-growable-memory"), "{error}");
    }
}

#[test]
fn an_imported_memory_is_refused() {
    let error = refusal(r#"(import "env" "memory" (memory 9 9 (pagesize 1)))"#);
    assert_eq!(error.reason, Reason::ImportedMemory);
}

#[test]
fn an_access_that_would_leave_32_bits_is_refused_where_it_is() {
    // The shift is 1.
    let load = |offset: u32| {
        format!(
            r#"(import "env" "f" (func)) (memory 65535 65535 (pagesize 1)) (func)
            (func (drop (i32.load8_u offset={offset} (i32.const 0))))"#
        )
    };
    let wasm = wat::parse_str(format!("(module {})", load(u32::MAX - 1))).unwrap();
    rewrite(&wasm).unwrap();

    let error = refusal(&load(u32::MAX));
    let offset = u64::from(u32::MAX);
    assert_eq!(error.reason, Reason::AccessTooFar { offset });
    assert_eq!(error.function, Some(2));
    let wasm = wat::parse_str(format!("(module {})", load(u32::MAX))).unwrap();
    const LOAD8_U: u8 = 0x2d;
    assert_eq!(wasm[error.offset as usize], LOAD8_U);
}

#[test]
fn a_segment_that_would_leave_32_bits_is_refused() {
    let error = refusal(r#"(memory 65535 65535 (pagesize 1)) (data "") (data (i32.const -1) "")"#);
    let offset = u64::from(u32::MAX);
    assert_eq!(error.reason, Reason::SegmentTooFar { segment: 1, offset });
}

#[test]
fn a_segment_placed_by_a_global_is_refused() {
    let error = refusal(
        r#"(import "env" "base" (global i32)) (memory 9 9 (pagesize 1))
        (data (global.get 0) "x")"#,
    );
    assert_eq!(error.reason, Reason::SegmentNotConstant { segment: 0 });
}

#[test]
fn the_largest_memory_is_rewritten() {
    let wasm = wat::parse_str(
        r#"(module (memory 0xffffffff 0xffffffff (pagesize 1))
            (func (drop (memory.grow (memory.size)))))"#,
    )
    .unwrap();
    let rewritten = rewrite(&wasm).unwrap();
    assert_eq!(rewritten.shift, 1);
    let memory = Summary::read(&rewritten.wasm).unwrap().memory.unwrap();
    assert_eq!(memory.minimum, 1 << 32);
}

fn refusal(fields: &str) -> Error {
    rewrite(&wat::parse_str(format!("(module {fields})")).unwrap()).unwrap_err()
}
