//! `run`: replies, errors, exit codes and reports, the same on both engines of this machine.

#![forbid(unsafe_code)]

mod support;

use std::fs;

use aingle_wasm_fuel::spec::Spec;
use support::{Module, run, run_with};

const ENGINES: [&str; 2] = ["wasmer", "wasmi"];

#[test]
fn a_reply_goes_to_standard_output_as_it_is() {
    let guest = Module::guest();
    for on in ENGINES {
        let ran = run(&["run", &guest.path(), "echo", "--input-hex", "00ff0a", "--on", on]).expect(0);
        assert_eq!(ran.stdout, [0x00, 0xff, 0x0a]);
        assert!(ran.stderr.contains("fuel "), "{}", ran.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_reply_comes_where_nothing_beside_it_can_be_said() {
    let guest = Module::guest();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = support::command();
    command.args(["run", &guest.path(), "echo", "--input", "hi"]).stderr(full);
    assert_eq!(support::ran(command.output().unwrap()).expect(0).stdout, b"hi");
}

#[test]
#[cfg(unix)]
fn a_reply_on_a_terminal_moves_no_cursor() {
    use serialport::{SerialPort, TTYPort};
    use std::{io::Read, time::Duration};
    use support::{command, ran};

    let (mut terminal, near) = TTYPort::pair().unwrap();
    terminal.set_timeout(Duration::from_secs(10)).unwrap();
    let stdout = fs::OpenOptions::new().write(true).open(near.name().unwrap()).unwrap();
    let guest = Module::guest();
    let mut command = command();
    command.args(["run", &guest.path(), "echo", "--input-hex", "611b5b324a0a62e280ae"]).stdout(stdout);
    ran(command.output().unwrap()).expect(0);
    let expected = "a\\u{1b}[2J\nb\\u{202e}\n";
    let mut shown = vec![0; expected.len()];
    terminal.read_exact(&mut shown).unwrap();
    assert_eq!(String::from_utf8_lossy(&shown), expected);
}

#[test]
fn a_request_is_a_text_a_file_or_standard_input() {
    let guest = Module::guest();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, "from a file").unwrap();
    let at_file = format!("@{}", file.path().display());
    let reply = |input: &str| {
        let ran = run_with(&["run", &guest.path(), "echo", "--input", input], b"from a pipe").expect(0);
        ran.text().to_owned()
    };
    assert_eq!(reply("-5 degrees"), "-5 degrees");
    assert_eq!(reply(&at_file), "from a file");
    assert_eq!(reply("-"), "from a pipe");
    assert_eq!(run(&["run", &guest.path(), "echo"]).expect(0).text(), "");
}

#[test]
fn an_error_of_the_guest_is_code_1_and_no_reply() {
    let guest = Module::guest();
    let ran = run(&["run", &guest.path(), "refuse", "--input", "too warm"]).expect(1);
    assert_eq!(ran.text(), "");
    assert!(ran.stderr.contains("the guest answered with an error: too warm"), "{}", ran.stderr);
    let forged = run(&["run", &guest.path(), "refuse", "--input-hex", "1b5b33316d0a6572726f723a"]).expect(1);
    assert!(forged.stderr.contains("\\u{1b}[31m\\nerror:"), "{}", forged.stderr);
    let ran = run(&["run", &guest.path(), "refuse", "--input", "too warm", "--json"]).expect(1).json();
    assert_eq!((&ran["outcome"], &ran["reply_text"]), (&"guest_error".into(), &"too warm".into()));
}

#[test]
fn a_target_that_takes_too_long_is_code_5() {
    let guest = Module::new("(module (func (export \"hang\") (loop $again (br $again))))");
    for on in ENGINES {
        let fuel = u64::MAX.to_string();
        let arguments = ["invoke", &guest.path(), "hang", "--fuel", &fuel, "--timeout", "1", "--on", on];
        let ran = run(&arguments).expect(5);
        assert!(ran.stderr.contains("--timeout"), "{}", ran.stderr);
    }
}

#[test]
fn misuse_is_code_2_and_says_what_there_is() {
    let guest = Module::guest();
    for on in ENGINES {
        let ran = run(&["run", &guest.path(), "ecco", "--on", on]).expect(2);
        assert!(ran.stderr.contains("its entries are echo, refuse"), "{}", ran.stderr);
        let ran = run(&["run", &guest.path(), "same", "--on", on, "--json"]).expect(2);
        assert_eq!(ran.json()["outcome"], "failed");
    }
    assert!(run(&["run", "none.wasm", "echo"]).expect(2).stderr.contains("cannot read none.wasm"));
    assert!(
        run(&["run", &guest.path(), "echo", "--input-hex", "0g"]).expect(2).stderr.contains("--input-hex")
    );
    assert!(run(&["run", &guest.path(), "echo", "--on", "moon"]).expect(2).stderr.contains("tcp:HOST:PORT"));
    assert!(
        run(&["run", &guest.path(), "echo", "--key-hex", "00"]).expect(2).stderr.contains("64 hex digits")
    );
    run(&["run", &guest.path(), "echo", "--timeout", "0"]).expect(2);
    run(&["run", &guest.path(), "echo", "--input", "a", "--input-hex", "00"]).expect(2);
    run(&[]).expect(2);
}

#[test]
fn a_trap_is_code_3_and_has_a_name() {
    let guest = Module::guest();
    for on in ENGINES {
        for (entry, trap) in
            [("panic", "unreachable"), ("spin", "out_of_fuel"), ("past", "memory_out_of_bounds")]
        {
            let ran =
                run(&["run", &guest.path(), entry, "--fuel", "10000", "--on", on, "--json"]).expect(3).json();
            assert_eq!((&ran["outcome"], &ran["trap"]), (&"trap".into(), &trap.into()));
            assert!(ran["fuel_used"].is_u64() && ran["message"].is_string(), "{ran}");
        }
        let ran = run(&["run", &guest.path(), "spin", "--fuel", "10000", "--on", on]).expect(3);
        assert!(ran.stderr.contains("--fuel"), "{}", ran.stderr);
    }
}

#[test]
fn a_module_that_is_refused_is_code_4_and_the_import_is_named() {
    let missing = Module::new(r#"(module (import "env" "launch" (func (param i32 i32) (result i64))))"#);
    for on in ENGINES {
        let ran = run(&["run", &missing.path(), "echo", "--on", on]).expect(4);
        assert!(ran.stderr.contains("env.launch"), "{}", ran.stderr);
        for wasm in [&b"no module"[..], b"", b"\0asm\x01\0\0\0\x07\x05\x01\x01f\x00\x07"] {
            let ran = run(&["run", &Module::of(wasm).path(), "echo", "--on", on, "--json"]).expect(4);
            assert_eq!(ran.json()["outcome"], "refused");
        }
    }
}

#[test]
fn a_memory_that_this_machine_does_not_give_is_code_6() {
    let large = Module::new(
        r#"(module (memory 5000) (func (export "echo") (param i32 i32) (result i64) (i64.const 0)))"#,
    );
    for on in ENGINES {
        let ran = run(&["run", &large.path(), "echo", "--on", on, "--json"]).expect(6).json();
        assert_eq!(ran["outcome"], "abstain");
    }
}

#[test]
fn a_report_has_all_its_keys_whatever_happened() {
    let guest = Module::guest();
    let missing = Module::of(b"no module");
    let path = guest.path();
    let cases: [(&[&str], i32); 6] = [
        (&["run", &path, "echo", "--input", "hi"], 0),
        (&["run", &path, "panic"], 3),
        (&["run", &missing.path(), "echo"], 4),
        (&["run", "none.wasm", "echo"], 2),
        (&["run", &path, "echo", "--on", "/dev/none"], 5),
        (&["invoke", &path, "add", "1", "2"], 0),
    ];
    for (arguments, code) in cases {
        let report = run(&[arguments, &["--json"]].concat()).expect(code).json();
        for key in KEYS {
            assert!(report.get(key).is_some(), "{key} is missing in {report}");
        }
        // Who was not reached follows no specification.
        let spec = format!("{:08x}", Spec::V1.hash());
        let reached = !matches!(code, 2 | 5);
        assert_eq!(report["fuel_spec"].as_str(), reached.then_some(spec.as_str()));
        assert!(report["log"].is_array());
    }
}

const KEYS: [&str; 17] = [
    "on",
    "outcome",
    "reply_hex",
    "reply_text",
    "results",
    "fuel_used",
    "fuel_spec",
    "trap",
    "message",
    "log",
    "log_dropped",
    "host_calls",
    "host_digest",
    "denied_calls",
    "nanos",
    "instructions",
    "memory",
];

#[test]
fn a_report_tells_of_reply_log_and_host_calls() {
    let guest = Module::guest();
    let mut digests = Vec::new();
    for on in ENGINES {
        let report =
            run(&["run", &guest.path(), "echo", "--input-hex", "ff", "--on", on, "--json"]).expect(0).json();
        assert_eq!((&report["on"], &report["reply_hex"]), (&on.into(), &"ff".into()));
        assert!(report["reply_text"].is_null() && report["nanos"].is_u64());
        assert_eq!(report["memory"], 1120 << 16);
        let report = run(&["run", &guest.path(), "talk", "--on", on, "--json"]).expect(0).json();
        assert_eq!(report["host_calls"], 2);
        let line = |level: &str, text: &str| serde_json::json!({ "level": level, "text": text });
        assert_eq!(report["log"], serde_json::json!([line("info", "hello"), line("warn", "careful")]));
        digests.push(report["host_digest"].clone());
    }
    assert_eq!(digests[0], digests[1]);
    let ran = run(&["run", &guest.path(), "talk"]).expect(0);
    assert!(ran.stderr.contains("[info] hello\n[warn] careful\n"), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("note: function 7, "), "it is not canonical: {}", ran.stderr);
}

#[test]
fn an_event_has_no_reply() {
    let guest = Module::guest();
    let report = run(&["run", &guest.path(), "echo", "--input", "hi", "--event", "--json"]).expect(0).json();
    assert_eq!(report["outcome"], "reply");
    assert!(report["reply_hex"].is_null() && report["fuel_used"].is_u64());
}

#[test]
fn a_guest_is_told_what_happens_on_a_mock() {
    let guest = Module::guest();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let tick = |entry: &str| {
        format!("[[tick]]\nclock = \"clock\"\nevery_ms = 10\nentry = \"{entry}\"\nfuel = 500\n")
    };
    let all = ["talk", "spin", "panic"].map(tick).concat();
    let grants = file("grants.toml", &format!("clock = [\"clock\"]\n{all}"));
    let mock = file("mock.toml", "clock = [\"clock\"]\n[time]\nuntil = 20_000");
    for on in ENGINES {
        let told = ["--grants", &grants, "--mock", &mock, "--on", on, "--json"];
        let report = run(&[&["run", &guest.path(), "echo", "--input", "hi"][..], &told].concat());
        let report = report.expect(0).json();
        let trap = |at: usize| report["events"][at]["trap"].as_str();
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(trap),
            [None, Some("out_of_fuel"), Some("unreachable")].repeat(2)[..]
        );
        assert_eq!(
            (report["events"][0]["host_calls"].as_u64(), report["reply_text"].as_str()),
            (Some(2), Some("hi"))
        );
    }
    let untold = file("untold.toml", "clock = [\"clock\"]");
    let other = file("other.toml", "[input.key]\n[[event]]\nat_us = 5\ninput = \"key\"\nlevel = 0");
    let ran = run(&["run", &guest.path(), "echo", "--grants", &untold, "--mock", &mock]).expect(0);
    assert!(!ran.stderr.contains("event"), "{}", ran.stderr);
    let ran = run(&["run", &guest.path(), "echo", "--grants", &grants]).expect(0);
    let note =
        "the guest is told of nothing here, as of `talk  every 10 ms of clock.clock, 500 units of fuel`";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    let nobody = file("nobody.toml", &format!("clock = [\"clock\"]\n{}", tick("add")));
    let ran = run(&["run", &guest.path(), "echo", "--grants", &nobody, "--mock", &mock]).expect(2);
    assert!(ran.stderr.contains("told of events by add, and has no such entry"), "{}", ran.stderr);
    let none = file("none.toml", "");
    let ran = run(&["run", &guest.path(), "echo", "--grants", &none, "--mock", &other]).expect(2);
    assert!(ran.stderr.contains("input.key at 5 µs"), "{}", ran.stderr);
}

#[test]
fn a_key_encrypts_the_link_in_this_process_too() {
    let guest = Module::guest();
    let key = "42".repeat(32);
    for on in ENGINES {
        let ran = run(&[
            "run",
            &guest.path(),
            "echo",
            "--input",
            "hi",
            "--key-hex",
            &key,
            "--key-id",
            "7",
            "--on",
            on,
        ]);
        assert_eq!(ran.expect(0).text(), "hi");
    }
}
