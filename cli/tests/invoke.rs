//! `invoke`: numbers in, numbers out.

#![forbid(unsafe_code)]

mod support;

use support::{Module, run};

#[test]
fn arguments_are_read_by_the_types_of_the_export() {
    let guest = Module::guest();
    for on in ["wasmer", "wasmi"] {
        let ran = run(&["invoke", &guest.path(), "add", "2", "-5", "--on", on]).expect(0);
        assert_eq!(ran.text(), "-3\n");
        let ran = run(&["invoke", &guest.path(), "same", "-1", "-inf", "0.1", "--on", on]).expect(0);
        assert_eq!(ran.text(), "-1\n-inf\n0.1\n");
    }
}

#[test]
fn a_report_keeps_the_bits_of_nans() {
    let guest = Module::guest();
    let report =
        run(&["invoke", &guest.path(), "same", "0xff", "0x7fa00001", "nan", "--json"]).expect(0).json();
    assert_eq!(report["outcome"], "returned");
    assert_eq!(
        report["results"][0],
        serde_json::json!({ "type": "i64", "value": 255, "bits": "0x00000000000000ff" })
    );
    assert_eq!(
        report["results"][1],
        serde_json::json!({ "type": "f32", "value": "nan", "bits": "0x7fa00001" })
    );
    assert_eq!(report["results"][2]["bits"], "0x7ff8000000000000");
}

#[test]
fn wrong_arguments_are_code_2_and_the_type_is_told() {
    let guest = Module::guest();
    assert!(run(&["invoke", &guest.path(), "add", "1"]).expect(2).stderr.contains("(i32, i32) -> i32"));
    assert!(
        run(&["invoke", &guest.path(), "add", "1", "1.5"]).expect(2).stderr.contains("`1.5` is not an i32")
    );
    assert!(
        run(&["invoke", &guest.path(), "sub", "1", "1"]).expect(2).stderr.contains("add(i32, i32) -> i32")
    );
    let report = run(&["invoke", &guest.path(), "sub", "--json"]).expect(2).json();
    assert_eq!((&report["outcome"], &report["on"]), (&"failed".into(), &"wasmer".into()));
}

#[test]
fn traps_and_refusals_have_their_codes() {
    let guest = Module::guest();
    for on in ["wasmer", "wasmi"] {
        let report =
            run(&["invoke", &guest.path(), "panic", "0", "0", "--on", on, "--json"]).expect(3).json();
        assert_eq!(report["trap"], "unreachable");
        run(&["invoke", &Module::of(b"no module").path(), "add", "--on", on]).expect(4);
    }
}
