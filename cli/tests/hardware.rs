//! Guests that drive hardware, by the command.

#![forbid(unsafe_code)]

mod support;

use std::fs;

use support::{Module, run};

/// Sets a pin, and answers, traps or returns.
const GUEST: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "pin_set" (func $pin_set (param i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (global (export "__aingle_abi") i32 (i32.const 32))
    (data (i32.const 0) "led")
    (data (i32.const 8) "done")
    (data (i32.const 32) "AIGL\01\00\00\00\00\01\00\00\00\08\00\00\00\10\00\00\00\01\00\00\00\00\00\00\00\00\00\00")
    (func $light (drop (call $pin_set (call $open (i32.const 0) (i32.const 0) (i32.const 3)) (i32.const 1))))
    (func (export "light") (param i32 i32) (result i64) (call $light) (i64.const 0))
    (func (export "words") (param i32 i32) (result i64) (call $light) (i64.const 0x8_0000_0004))
    (func (export "refuses") (param i32 i32) (result i64) (call $light) (i64.const 0x8000_0008_0000_0004))
    (func (export "fails") (param i32 i32) (result i64) (call $light) (unreachable))
    (func (export "answer") (result i32) (call $light) (i32.const 42)))"#;

const MATCHING: &str = "output.led = { expect = [1] }";
const OTHER: &str = "output.led = { expect = [0] }";

/// The module beside a file that says what its guest wants, and a mock.
fn guest(grants: &str, mock: &str) -> (Module, String, String) {
    let module = Module::new(GUEST);
    let path = module.path();
    let file = |kind: &str, text: &str| {
        let path = path.replace(".wasm", kind);
        fs::write(&path, text).expect("a file beside the module");
        path
    };
    file(".grants.toml", grants);
    let mock = file(".mock.toml", mock);
    (module, path, mock)
}

#[test]
fn every_verb_knows_a_mock() {
    let (_module, path, mock) = guest("output = [\"led\"]", MATCHING);
    for on in ["wasmer", "wasmi"] {
        run(&["run", &path, "light", "--mock", &mock, "--on", on]).expect(0);
        let invoked = run(&["invoke", &path, "answer", "--mock", &mock, "--on", on]).expect(0);
        assert_eq!(invoked.text(), "42\n");
    }
    let both = ["--on", "wasmer", "--on", "wasmi", "--mock", &mock, "--json"];
    let told = run(&[&["diff", &path, "answer"][..], &both].concat()).expect(0).json();
    assert_eq!((&told["agree"], &told["targets"][1]["host_calls"]), (&true.into(), &2.into()));
    let (_module, path, mock) = guest("output = [\"led\"]", OTHER);
    let differs = run(&["invoke", &path, "answer", "--mock", &mock, "--json"]).expect(5).json();
    assert!(differs["message"].as_str().is_some_and(|said| said.starts_with("the mock differs: output.led")));
    let said = run(&["invoke", &path, "answer", "--mock", &mock]).expect(5).stderr;
    assert!(said.contains("the export's result was: 42"), "{said}");
}

#[test]
fn a_reply_is_not_lost_with_its_record() {
    let (_module, path, mock) = guest("output = [\"led\"]", MATCHING);
    let nowhere = path.replace(".wasm", "/record.toml");
    for (entry, answered) in
        [("words", "the guest's reply was: done"), ("refuses", "the guest answered with an error: done")]
    {
        let ran = run(&["run", &path, entry, "--mock", &mock, "--record", &nowhere]).expect(5);
        assert!(ran.stderr.contains("cannot write") && ran.stderr.contains(answered), "{}", ran.stderr);
    }
}

#[test]
fn a_guest_that_did_not_run_leaves_a_record_alone() {
    let (_module, path, mock) = guest("output = [\"led\"]", MATCHING);
    let record = path.replace(".wasm", ".record.toml");
    run(&["run", &path, "light", "--mock", &mock, "--record", &record]).expect(0);
    let recorded = fs::read_to_string(&record).unwrap();
    assert!(recorded.contains("expect = [1]"), "{recorded}");
    fs::write(path.replace(".wasm", ".grants.toml"), "").unwrap();
    run(&["run", &path, "light", "--mock", &mock, "--record", &record]).expect(4);
    assert_eq!(fs::read_to_string(&record).unwrap(), recorded);
}

#[test]
fn what_stopped_a_guest_is_said_before_what_a_mock_expected() {
    let (_module, path, mock) = guest("output = [\"led\"]", OTHER);
    let trapped = run(&["run", &path, "fails", "--mock", &mock, "--json"]).expect(3).json();
    let said = trapped["message"].as_str().unwrap_or_default();
    assert!(
        said.starts_with("trap: the guest ran unreachable") && said.contains("the mock differs"),
        "{said}"
    );
    let wrong = run(&["run", &path, "none", "--mock", &mock]).expect(2);
    assert!(
        wrong.stderr.contains("its entries are") && !wrong.stderr.contains("differs"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn who_may_not_drive_a_pin_hears_what_to_do() {
    let (_module, path, mock) = guest("input = [\"led\"]", MATCHING);
    for (arguments, code, next) in [
        (&["--mock", &mock][..], 4, "the guest wants what is not given here: input.led;"),
        (&["--mock", &mock, "--on", "tcp:localhost:1"], 2, "has hardware of its own"),
    ] {
        let told = run(&[&["run", &path, "light"], arguments].concat()).expect(code);
        assert!(told.stderr.contains(next), "{}", told.stderr);
    }
    for (grants, next) in [
        ("output = [\"led\"]", "--mock describes some"),
        ("", "its NAME.grants.toml must ask for one of output, input"),
        ("", "name that file with --grants, or have `aingle-wasm build`"),
    ] {
        let (_module, path, _) = guest(grants, MATCHING);
        let told = run(&["run", &path, "light"]).expect(4);
        assert!(told.stderr.contains(next), "{}", told.stderr);
    }
}

#[test]
fn a_bus_that_is_too_fast_is_named() {
    for (wanted, driven) in [(100_000, 100_000), (400_000, 100_000), (100_000, 100_001)] {
        let grants = format!("output = [\"led\"]\n[i2c.sensors]\naddresses = [1]\nmax_hz = {wanted}");
        let (_module, path, mock) = guest(&grants, &format!("[output.led]\n[i2c.sensors]\nhz = {driven}"));
        let told = run(&["run", &path, "light", "--mock", &mock]).expect(0);
        let note = "note: i2c.sensors is driven at 100001 Hz, and the guest may have 100000 Hz at most";
        assert_eq!(told.stderr.contains(note), wanted < driven, "{}", told.stderr);
    }
}

#[test]
fn a_description_that_makes_no_sense_is_refused() {
    let long = format!("# {}\noutput.led = 1", "x".repeat(2000));
    for (mock, said) in [
        ("input.key = { levels = [0, 5] }", "level 5: a pin has 0 or 1"),
        ("output.led = { expect = [2] }", "level 2: a pin has 0 or 1"),
        ("i2c.sensors = { hz = 0 }", "nonzero"),
        ("spi.flash = { hz = 0 }", "nonzero"),
        ("adc.light = { max = 0 }", "nonzero"),
        ("adc.light = { max = 9, values = [9, 10] }", "adc.light: 10 is more than its max, 9"),
        ("pwm.lamp = { max = 9, expect = [10] }", "pwm.lamp: 10 is more than its max, 9"),
        (&long, "output.led = 1"),
    ] {
        let (_module, path, mock) = guest("output = [\"led\"]", mock);
        let told = run(&["run", &path, "light", "--mock", &mock]).expect(2);
        assert!(told.stderr.contains(said), "{}", told.stderr);
    }
    let (_module, path, _) = guest("output = [\"led\"]", MATCHING);
    let endless = run(&["run", &path, "light", "--mock", "/dev/zero"]).expect(2);
    assert!(endless.stderr.contains("longer than"), "{}", endless.stderr);
}

#[test]
fn inspect_knows_the_file_of_grants() {
    let (_module, path, mock) = guest("output = [\"led\"]", "uart = [\"gps\"]");
    let told = run(&["inspect", &path, "--json"]).expect(0).json();
    assert_eq!(told["grants"], serde_json::json!(["output.led"]));
    let told = run(&["inspect", &path, "--grants", &mock, "--json"]).expect(4).json();
    assert_eq!(told["grants"], serde_json::json!(["uart.gps"]));
}
