//! Every rule of the check, by a module that breaks it.

use aingle_wasm_fuel::{Profile, Refusal, Rule, check};

fn refusal(wasm: &[u8]) -> Option<Refusal> {
    check(wasm, &Profile::DEVICE).err()
}

fn rule(fields: &str) -> Option<Rule> {
    refusal(&wat::parse_str(format!("(module {fields})")).unwrap()).map(|refusal| refusal.rule)
}

/// A module of `sections`, each an id and its bytes.
fn module(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    for (id, bytes) in sections {
        wasm.push(*id);
        wasm.extend((bytes.len() as u32).to_le_bytes().map(|byte| byte & 0x7f | 0x80));
        let last = wasm.len() - 1;
        wasm[last] = 0;
        let len = wasm.len();
        wasm[len - 3] |= (bytes.len() >> 7) as u8;
        wasm.extend_from_slice(bytes);
    }
    wasm
}

fn section(id: u8, bytes: &[u8]) -> Option<Rule> {
    refusal(&module(&[(id, bytes)])).map(|refusal| refusal.rule)
}

/// A module whose only function has `body`, without locals.
fn body(body: &[u8]) -> Option<Rule> {
    let len = body.len() as u8;
    let code = [&[1, len + 2, 0], body, &[0x0b]].concat();
    refusal(&module(&[(1, b"\x01\x60\0\0"), (3, b"\x01\0"), (10, &code)])).map(|refusal| refusal.rule)
}

#[test]
fn features_that_are_not_offered_are_refused_by_name() {
    let refused = [
        (Rule::Simd, "(func (drop (v128.const i64x2 0 0)))"),
        (Rule::Simd, "(func (param v128))"),
        (Rule::Simd, "(func (block (result v128) (unreachable)) (drop))"),
        (Rule::Simd, "(global v128 (v128.const i64x2 0 0))"),
        (Rule::Threads, "(memory 1 1 shared)"),
        (Rule::Threads, "(func (atomic.fence))"),
        (Rule::TailCalls, "(func $f (return_call $f))"),
        (Rule::TailCalls, "(table 1 funcref) (func (return_call_indirect (i32.const 0)))"),
        (Rule::Memory64, "(memory i64 1)"),
        (Rule::Memory64, "(table i64 1 funcref)"),
        (Rule::Exceptions, "(tag)"),
        (Rule::Exceptions, r#"(import "" "" (tag))"#),
        (Rule::Exceptions, "(func (try_table))"),
        (Rule::Gc, "(type (struct))"),
        (Rule::Gc, "(rec (type (func)) (type (func)))"),
        (Rule::Gc, "(func (drop (ref.i31 (i32.const 1))))"),
        (Rule::ReferenceTypes, "(table 1 externref)"),
        (Rule::ReferenceTypes, "(func (param funcref))"),
        (Rule::ReferenceTypes, "(func (drop (ref.null func)))"),
        (Rule::ReferenceTypes, "(table 1 funcref) (func (drop (table.size)))"),
        (Rule::ReferenceTypes, "(table 1 funcref) (func (drop (table.get (i32.const 0))))"),
        (
            Rule::ReferenceTypes,
            "(func (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3))))",
        ),
        (Rule::Passive, r#"(data "x")"#),
        (Rule::Passive, "(elem func)"),
        (Rule::Passive, "(elem declare func)"),
        (Rule::Passive, "(table 1 funcref) (func (table.copy (i32.const 0) (i32.const 0) (i32.const 0)))"),
        (Rule::ExtendedConst, "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        (Rule::Memories, "(memory 1) (memory 1)"),
        (Rule::Memories, r#"(import "" "" (memory 1)) (memory 1)"#),
        (Rule::Memories, "(memory 1) (memory 1) (func (drop (memory.size 1)))"),
        (Rule::Tables, "(table 1 funcref) (table 1 funcref)"),
        (Rule::Tables, r#"(import "" "" (table 1 funcref)) (table 1 funcref)"#),
        (Rule::BlockParameters, "(func (i32.const 1) (block (param i32) (drop)))"),
        (Rule::BlockParameters, "(func (i32.const 1) (loop (param i32) (drop)))"),
        (Rule::Start, "(start 0) (func)"),
        (Rule::ReservedName, r#"(func (export "__aingle_fuel"))"#),
        (Rule::ReservedName, r#"(func (export "__aingle_fuel_state"))"#),
        (Rule::Growable, "(memory 100 (pagesize 1))"),
        (Rule::Growable, "(memory 100 200 (pagesize 1))"),
        (Rule::ImportedMemory, r#"(import "" "" (memory 9 9 (pagesize 1)))"#),
        (
            Rule::OutOfReach,
            "(memory 65535 65535 (pagesize 1)) (func (drop (i32.load8_u offset=0xffffffff (i32.const 0))))",
        ),
        (Rule::OutOfReach, r#"(memory 65535 65535 (pagesize 1)) (data (i32.const -1) "")"#),
        (
            Rule::SegmentPlace,
            r#"(import "" "" (global i32)) (memory 9 9 (pagesize 1)) (data (global.get 0) "x")"#,
        ),
    ];
    for (expected, fields) in refused {
        assert_eq!(rule(fields), Some(expected), "{fields}");
    }
    assert_eq!(section(5, b"\x01\x08\x01\x03"), Some(Rule::PageSize));
}

#[test]
fn what_is_offered_passes() {
    let accepted = [
        "",
        r#"(func (export "__aingle_abi") (result i32 i64) (i32.const 1) (i64.const 2))"#,
        "(func (param i32) (result i32) (block (result i32 i32) (local.get 0) (i32.const 2)) (i32.add))",
        "(func (param i32) (result i32) (i32.extend8_s (i32.trunc_sat_f64_u (f64.const 1))) (drop) (local.get 0))",
        "(memory 1) (func (param i32) (memory.copy (local.get 0) (i32.const 0) (i32.const 9)))",
        "(memory 65536) (func (param i32) (memory.fill (local.get 0) (i32.const 0) (memory.grow (i32.const 1))))",
        r#"(memory 9 9 (pagesize 1)) (data (i32.const 3) "x")"#,
        r#"(import "" "" (memory 1)) (import "" "" (global i32)) (data (global.get 0) "x") (global (mut i32) (i32.const 1))"#,
        "(table 2 funcref) (elem (i32.const 0) 0) (elem (table 0) (i32.const 1) func 0) (func (call_indirect (i32.const 0)))",
        "(func (loop (br 0)) (drop (i32.const 1)))",
        "(func (result i32) (unreachable) (i32.add) (select) (br_table 0 0))",
        "(func (param i32) (result i32) (if (result i32) (local.get 0) (then (return (i32.const 1))) (else (unreachable))))",
    ];
    for fields in accepted {
        assert_eq!(rule(fields), None, "{fields}");
    }
    let start = wat::parse_str("(module (start 0) (func))").unwrap();
    assert_eq!(check(&start, &Profile::SERVER), Ok(()));
}

#[test]
fn real_guests_pass() {
    assert_eq!(refusal(include_bytes!("../../tests/data/predecessor.wasm")), None);
    assert_eq!(refusal(include_bytes!("../../guest/examples/c/greet.wasm")), None);
    assert_eq!(refusal(include_bytes!("data/kernels-small.wasm")), None);
}

#[test]
fn a_padded_table_index_passes() {
    // call_indirect (type 0), of table 0 in five bytes.
    let call = b"\x41\0\x11\0\x80\x80\x80\x80\0";
    assert_eq!(body(call), None);
}

#[test]
fn what_is_no_module_is_refused() {
    assert_eq!(refusal(b"").unwrap().rule, Rule::Malformed);
    assert_eq!(refusal(b"\0asm\x0d\0\x01\0").unwrap().rule, Rule::Malformed);
    assert_eq!(section(14, b""), Some(Rule::Unknown));
    assert_eq!(refusal(&module(&[(3, b"\0"), (1, b"\0")])).unwrap().rule, Rule::Malformed, "order");
    assert_eq!(refusal(&module(&[(1, b"\0"), (1, b"\0")])).unwrap().rule, Rule::Malformed, "twice");
    assert_eq!(section(1, b"\0\0"), Some(Rule::Malformed), "a section that is too long");
    assert_eq!(section(3, b"\x01\0"), Some(Rule::Malformed), "a function without a type");
    let bodiless = module(&[(1, b"\x01\x60\0\0"), (3, b"\x01\0")]);
    assert_eq!(refusal(&bodiless).unwrap().rule, Rule::Malformed);
    for bytes in
        [&b"\x6a"[..], b"\x1a", b"\x0c\x02", b"\x05", b"\x41\x01", b"\x10\x07", b"\x23\0", b"\x3e\0\0"]
    {
        assert_eq!(body(bytes), Some(Rule::Malformed), "{bytes:x?}");
    }
    for bytes in [&b"\x16"[..], b"\xc5", b"\xff", b"\xfc\x12"] {
        assert_eq!(body(bytes), Some(Rule::Unknown), "{bytes:x?}");
    }
}

#[test]
fn a_refusal_names_function_and_place() {
    let wasm =
        wat::parse_str(r#"(module (import "" "" (func)) (func) (func (nop) (if (i32.const 1) (then))))"#);
    let wasm = wasm.unwrap();
    let refusal = refusal(&wasm).unwrap();
    assert_eq!((refusal.function, refusal.rule), (Some(2), Rule::DecidedBranch));
    const IF: u8 = 0x04;
    assert_eq!(wasm[refusal.offset as usize], IF);
    assert_eq!(refusal.to_string(), format!("function 2, offset {:#x}: {}", refusal.offset, refusal.rule));
}

#[test]
fn complexity_is_what_is_held_where_control_flow_parts() {
    let holding = |locals| format!("(func (local {}) (block))", "i32 ".repeat(locals));
    let (few, many) = (holding(127), holding(128));
    let cases = [
        (&*few, 32 + 127),
        (&*many, 2 * (32 + 128)),
        ("(func (block) (block))", 64),
        ("(func (loop))", 96),
        ("(func (param i32) (local f64 f64) (block))", 35),
        ("(func (param i32) (if (local.get 0) (then)))", 97),
        ("(func (param i32) (if (local.get 0) (then) (else)))", 194),
        ("(func (result i32) (i32.const 1) (block))", 33),
        ("(func (block (br 0)))", 64),
        ("(func (param i32) (block (br_if 0 (local.get 0))))", 66),
        ("(func (param i32) (block (br_table 0 1 0 (local.get 0))))", 132),
        ("(func (return) (block))", 32),
        ("(func $f (param i32 i32) (result i64) (call $f (local.get 0) (local.get 1)))", 3),
    ];
    for (text, complexity) in cases {
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        let check = |complexity| check(&wasm, &Profile { complexity, ..Profile::DEVICE });
        assert_eq!(check(complexity), Ok(()), "{text}");
        let refusal = check(complexity - 1).unwrap_err();
        assert_eq!((refusal.rule, refusal.function), (Rule::Complexity, Some(0)), "{text}");
    }
}

#[test]
fn functions_have_complexity_together_by_the_bytes_of_their_module() {
    let profile = Profile { complexity: 96, ..Profile::DEVICE };
    let module = |functions: usize, name: &str| {
        let text = format!("(module {} (@custom \"{name}\" \"\"))", "(func (loop))".repeat(functions));
        wat::parse_str(text).unwrap()
    };
    // As many as there is room for, then one more; and that one in a longer file.
    let fit = |name| (1..).take_while(|&functions| check(&module(functions, name), &profile).is_ok()).count();
    let most = fit("");
    let room = 4 * (96 + module(most, "").len());
    assert!((96 * most..96 * (most + 1)).contains(&room), "{most} functions");
    let refusal = check(&module(most + 1, ""), &profile).unwrap_err();
    assert_eq!((refusal.rule, refusal.function), (Rule::Together, Some(most as u32)));
    assert!(fit(&"long".repeat(32)) > most);
}

#[test]
fn each_limit_is_reached_and_not_passed() {
    let limits = Profile {
        types: 3,
        functions: 3,
        globals: 3,
        exports: 3,
        elements: 3,
        data: 3,
        table: 3,
        parameters: 3,
        results: 3,
        body: 30,
        locals: 3,
        operands: 3,
        nesting: 3,
        targets: 3,
        module: 200,
        ..Profile::DEVICE
    };
    let repeat = |text: &str, count| text.repeat(count);
    let cases: [(Rule, &dyn Fn(usize) -> String); 15] = [
        (Rule::Types, &|count| {
            (0..count).map(|n| format!("(type (func {}))", repeat("(param i32)", n))).collect()
        }),
        (Rule::Functions, &|count| repeat("(func)", count)),
        (Rule::Globals, &|count| repeat("(global i32 (i32.const 0))", count)),
        (Rule::Exports, &|count| {
            (0..count).map(|n| format!(r#"(export "{n}" (func 0))"#)).collect::<String>() + "(func)"
        }),
        (Rule::Elements, &|count| repeat("(elem (i32.const 0) func)", count) + "(table 1 funcref)"),
        (Rule::Data, &|count| repeat(r#"(data (i32.const 0) "")"#, count) + "(memory 1)"),
        (Rule::TableSize, &|count| format!("(table {count} funcref)")),
        (Rule::Parameters, &|count| format!("(type (func {}))", repeat("(param i32)", count))),
        (Rule::Results, &|count| format!("(type (func {}))", repeat("(result i32)", count))),
        (Rule::BodySize, &|count| format!("(func {})", repeat("(nop)", if count == 3 { 28 } else { 29 }))),
        (Rule::Locals, &|count| format!("(func (param i32) {})", repeat("(local i64)", count - 1))),
        (Rule::Operands, &|count| {
            format!("(func {} {})", repeat("(i32.const 1)", count), repeat("(drop)", count))
        }),
        (Rule::Nesting, &|count| format!("(func {} {})", repeat("block ", count), repeat("end ", count))),
        (Rule::Targets, &|count| {
            format!("(func (param i32) (br_table {} 0 (local.get 0)))", repeat("0 ", count))
        }),
        // 13 bytes stand before the section's own.
        (Rule::ModuleSize, &|count| format!(r#"(@custom "x" "{}")"#, repeat("y", 200 - 13 + count - 3))),
    ];
    for (expected, text) in cases {
        let check = |count| check(&wat::parse_str(format!("(module {})", text(count))).unwrap(), &limits);
        assert_eq!(check(3), Ok(()), "{expected}");
        assert_eq!(check(4).map_err(|refusal| refusal.rule), Err(expected));
    }
}
