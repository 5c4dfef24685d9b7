//! `diff`: what targets agree on, and what is no opinion.

#![forbid(unsafe_code)]

mod support;

use support::{Module, run, run_with};

const BOTH: [&str; 4] = ["--on", "wasmer", "--on", "wasmi"];

fn diff(file: &str, arguments: &[&str]) -> support::Ran {
    run(&[&["diff", file], arguments, &BOTH].concat())
}

#[test]
fn entries_and_exports_agree() {
    let guest = Module::guest();
    let ran = diff(&guest.path(), &["echo", "--input", "hi"]).expect(0);
    assert!(ran.text().contains("\"hi\"") && ran.text().ends_with("all 2 agree\n"), "{}", ran.text());
    let ran = diff(&guest.path(), &["add", "1", "-2"]).expect(0);
    assert!(ran.text().contains("-1"), "{}", ran.text());
    let page = diff(&guest.path(), &["spin", "--fuel", "1000", "--json"]).expect(0).json();
    assert_eq!((&page["agree"], page["targets"][1]["trap"].as_str()), (&true.into(), Some("out_of_fuel")));
}

#[test]
fn the_standard_input_is_for_all_targets() {
    let guest = Module::guest();
    let ran = run_with(&[&["diff", &guest.path(), "echo", "--input", "-"][..], &BOTH].concat(), b"once");
    let ran = ran.expect(0);
    assert_eq!(ran.text().matches("\"once\"").count(), 2, "{}", ran.text());
}

#[test]
fn a_machine_that_lacks_memory_has_no_opinion() {
    let large = Module::new("(module (memory 16384) (func (export \"f\")))");
    let ran = diff(&large.path(), &["f"]).expect(6);
    assert!(
        ran.text().ends_with("0 of 2 came to a verdict: there is nothing to compare\n"),
        "{}",
        ran.text()
    );
}

#[test]
fn one_target_is_misuse() {
    let guest = Module::guest();
    let ran = run(&["diff", &guest.path(), "echo", "--on", "wasmi"]).expect(2);
    assert!(ran.stderr.contains("--on twice"), "{}", ran.stderr);
    diff(&guest.path(), &["add", "1", "2", "--input", "x"]).expect(2);
}
