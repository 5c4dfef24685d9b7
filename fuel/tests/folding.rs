//! Why a module must be canonical: wasmi folds, and then charges elsewhere.

#[path = "support/metered.rs"]
mod metered;

use aingle_wasm_fuel::{Profile, Refusal, Rule, canonicalise, check, spec::Spec};
use metered::{WITHOUT_LOCALS, run, run_wasm};
use wasmi::Module;

/// A module whose export `run` has `body`, behind an operator that the engine may skip.
fn module(body: &str) -> String {
    format!(
        r#"(module
            (memory 1 1)
            (global $constant i32 (i32.const 70000))
            (global $zero i32 (i32.const 0))
            (global $variable (mut i32) (i32.const 1))
            (func (export "run") (param i32) (local $i32 i32) (local $i64 i64)
                {body}
                (loop (drop (i32.add (local.get 0) (local.get 0))))))"#
    )
}

/// Whether the engine charges the body otherwise than its canonical form, the way through locals aside.
fn is_charged_otherwise(text: &str) -> bool {
    let wasm = wat::parse_str(text).unwrap();
    let canonical = canonicalise(&wasm).unwrap();
    assert_eq!(check(&canonical, &Profile::DEVICE), Ok(()));
    let (outcome, fuel) = run_wasm(&wasm, &WITHOUT_LOCALS);
    let (same, canonical) = run_wasm(&canonical, &WITHOUT_LOCALS);
    assert_eq!(outcome, same, "{text}");
    fuel != canonical
}

fn rule(text: &str) -> Option<Rule> {
    check(&wat::parse_str(text).unwrap(), &Profile::DEVICE).err().map(|refusal| refusal.rule)
}

#[test]
fn what_a_constant_decides_is_charged_otherwise() {
    let decided = [
        (Rule::DecidedBranch, "(if (i32.const 1) (then (nop)))"),
        (Rule::DecidedBranch, "(if (i32.const 0) (then (drop (memory.size))))"),
        (Rule::DecidedBranch, "(br_if 0 (i32.const 1))"),
        (Rule::DecidedBranch, "(block (br_table 0 1 (i32.const 1)) (nop)) (drop (memory.size))"),
        (Rule::DecidedDivision, "(drop (i32.div_u (local.get 0) (i32.const 0)))"),
        (Rule::DecidedDivision, "(drop (i32.rem_s (local.get 0) (i32.const 0)))"),
        (Rule::DecidedDivision, "(drop (i64.rem_u (local.get $i64) (i64.const 0)))"),
        (Rule::DecidedDivision, "(drop (i32.div_u (local.get 0) (global.get $zero)))"),
        (Rule::DecidedDivision, "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))"),
        (Rule::DecidedDivision, "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))"),
        (Rule::DecidedConversion, "(drop (i32.trunc_f32_s (f32.const nan)))"),
        (Rule::DecidedConversion, "(drop (i64.trunc_f64_u (f64.const -1)))"),
        (Rule::DecidedAccess, "(drop (i32.load (i32.const 65537)))"),
        (Rule::DecidedAccess, "(drop (i64.load8_u offset=65537 (i32.const 0)))"),
        (Rule::DecidedAccess, "(drop (f32.load offset=0xffffffff (i32.const -1)))"),
        (Rule::DecidedAccess, "(drop (i32.load (global.get $constant)))"),
        (Rule::DecidedAccess, "(f64.store (i32.const 65537) (f64.const 0))"),
        (Rule::DecidedAccess, "(i32.store (i32.const 65537) (local.get 0))"),
    ];
    for (expected, body) in decided {
        let text = module(body);
        assert_eq!(rule(&text), Some(expected), "{body}");
        assert!(is_charged_otherwise(&text), "{body}");
    }
}

#[test]
fn what_looks_decided_and_is_not_passes() {
    let open = [
        "(drop (i32.div_u (i32.const 0) (local.get 0)))",
        "(drop (i32.div_s (local.get 0) (i32.const -1)))",
        "(drop (i32.rem_s (i32.const 0x80000000) (i32.const -1)))",
        "(drop (i64.div_s (i64.const 1) (i64.const 0x100000000)))",
        "(drop (i32.trunc_sat_f32_s (f32.const nan)))",
        "(drop (i32.load (i32.const 65532)))",
        "(drop (i32.load (i32.const 65533)))",
        "(drop (i32.load8_u offset=1 (i32.const 65535)))",
        "(unreachable) (br_if 0 (i32.const 1))",
        "(block (br 0) (if (i32.const 1) (then)))",
    ];
    for body in open {
        assert_eq!(rule(&module(body)), None, "{body}");
    }
}

/// The same condition, and the same by a way through a local: does the engine charge them alike?
fn is_looked_through(condition: &str) -> bool {
    let direct = run(&module(&format!("(if {condition} (then (nop)))")), &WITHOUT_LOCALS);
    let aside = format!("(local.set $i32 {condition}) (if (local.get $i32) (then (nop)))");
    let aside = run(&module(&aside), &WITHOUT_LOCALS);
    assert_eq!(direct.0, aside.0, "{condition}");
    direct.1 != aside.1
}

#[test]
fn the_check_knows_what_the_engine_looks_through() {
    let known = [
        "(i32.const 1)",
        "(i32.add (i32.const 1) (i32.const 2))",
        "(i32.eqz (i32.const 0))",
        "(i64.lt_s (i64.const 0) (i64.const 1))",
        "(i32.popcnt (i32.const 3))",
        "(i32.shl (i32.const 1) (i32.const 0))",
        "(i32.wrap_i64 (i64.extend_i32_u (i32.const 1)))",
        "(i32.reinterpret_f32 (f32.const 1))",
        "(i32.trunc_sat_f64_s (f64.const 1))",
        "(global.get $constant)",
        "(local.tee $i32 (i32.const 1))",
        "(select (i32.const 1) (i32.const 1) (local.get 0))",
        "(block (result i32) (i32.const 1))",
        "(loop (result i32) (i32.const 1))",
    ];
    let open = [
        "(local.get 0)",
        "(global.get $variable)",
        "(i32.add (local.get 0) (i32.const 0))",
        "(i32.shl (local.get 0) (i32.const 0))",
        "(i32.mul (local.get 0) (i32.const 0))",
        "(select (i32.const 1) (i32.const 2) (local.get 0))",
        "(select (i32.const 1) (i32.const 2) (i32.const 1))",
        "(select (local.get 0) (i32.const 2) (i32.const 1))",
        "(block (result i32) (br 0 (i32.const 1)))",
        "(block (result i32) (br_if 0 (i32.const 1) (local.get 0)))",
        "(if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 1)))",
        "(local.tee $i32 (local.get 0))",
        "(memory.size)",
        "(i32.load (i32.const 0))",
    ];
    for condition in known {
        let text = module(&format!("(if {condition} (then (nop)))"));
        assert_eq!(rule(&text), Some(Rule::DecidedBranch), "{condition}");
        assert!(is_looked_through(condition), "{condition}");
    }
    for condition in open {
        assert_eq!(rule(&module(&format!("(if {condition} (then (nop)))"))), None, "{condition}");
        assert!(!is_looked_through(condition), "{condition}");
    }
}

#[test]
fn a_far_store_of_its_own_address_would_stop_the_translator() {
    let kept = "(local.tee 0 (i32.add (local.get 0) (i32.const 4)))";
    let stores = [
        format!("(i32.store offset=65536 {kept} (local.get 0))"),
        format!("(i32.store8 offset=65536 {kept} (local.get 0))"),
        format!("(i64.store offset=65536 {kept} (i64.extend_i32_u (local.get 0)))"),
        format!("(i64.store32 offset=65536 {kept} (i64.extend_i32_u (local.get 0)))"),
        format!("(i32.store16 offset=65536 {kept} (local.get 0))"),
    ];
    for store in stores {
        let text = module(&store);
        let wasm = wat::parse_str(&text).unwrap();
        let translated = std::panic::catch_unwind(|| Module::new(&metered::engine(None), &wasm).is_ok());
        assert!(translated.is_err(), "{store}");
        assert_eq!(rule(&text), Some(Rule::StoreOfAddress), "{store}");

        let canonical = canonicalise(&wasm).unwrap();
        assert_eq!(check(&canonical, &Profile::DEVICE), Ok(()));
        Module::new(&metered::engine(None), &canonical).unwrap();
    }
    let near = module(&format!("(i32.store offset=65535 {kept} (local.get 0))"));
    assert_eq!(rule(&near), None);
    run(&near, &Spec::V1).0.unwrap_err();
    assert_eq!(rule(&module(&format!("(i32.store offset=65536 {kept} (local.get $i32))"))), None);
}

#[test]
fn a_block_with_parameters_would_be_translated_wrongly() {
    let text = r#"(module (func (export "run") (param i32) (result i32) (local $under i32)
        (local.set $under (i32.const 42))
        (local.get $under)
        (i32.const 5)
        (local.get 0)
        (if (param i32) (result i32)
            (then (drop) (local.set $under (i32.const 100)) (i32.const 1))
            (else (drop) (local.set $under (i32.const 200)) (i32.const 2)))
        (i32.add)))"#;
    const RIGHT: u64 = 42 + 2;
    let (outcome, _) = run(text, &Spec::V1);
    assert_ne!(outcome, Ok(vec![RIGHT]), "the engine has become right");
    let refusal = check(&wat::parse_str(text).unwrap(), &Profile::DEVICE);
    assert!(matches!(refusal, Err(Refusal { function: Some(0), rule: Rule::BlockParameters, .. })));
}
