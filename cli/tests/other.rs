//! `inspect`, `new`, `build`, `completions`, and the help.

#![forbid(unsafe_code)]

mod support;

use std::{fs, process::Command};

use support::{Module, command, ran, run};

#[test]
fn inspect_says_what_a_module_has_and_what_targets_say() {
    let guest = Module::guest();
    let ran = run(&["inspect", &guest.path()]).expect(0);
    for line in [
        "entry    echo",
        "export   add  (i32, i32) -> i32",
        "import   env.__aingle_log",
        "target   wasmi: loads it",
    ] {
        assert!(ran.text().contains(line), "{line} is not in\n{}", ran.text());
    }
    let page = run(&["inspect", &guest.path(), "--json"]).expect(0).json();
    let (heap, memory) = (page["chip"]["heap"].as_u64(), page["memory"]["minimum"].as_u64());
    assert!(heap > memory && memory.is_some(), "{page}");
    assert_eq!(page["targets"][0]["on"], "wasmer");
    assert_eq!(page["targets"][1]["outcome"], "loaded");
    assert_eq!(page["memory"]["minimum"], 1120 << 16);
}

#[test]
fn inspect_shows_a_module_that_targets_refuse() {
    let missing = Module::new(r#"(module (import "env" "launch" (func (param i32 i32) (result i64))))"#);
    let ran = run(&["inspect", &missing.path()]).expect(4);
    assert!(
        ran.text().contains("import   env.launch") && ran.text().contains("does not offer"),
        "{}",
        ran.text()
    );
    run(&["inspect", &Module::of(b"no module").path()]).expect(4);
    assert_eq!(run(&["inspect", "none.wasm", "--json"]).expect(2).json()["outcome"], "failed");
}

#[test]
fn an_entry_without_room_for_a_request_is_shown_and_explained() {
    let fields =
        r#"(memory (export "memory") 1) (func (export "go") (param i32 i32) (result i64) (i64.const 0))"#;
    let why = "a host cannot hand it a request";
    for of_another_type in ["", r#"(global (export "__aingle_abi") i64 (i64.const 64))"#] {
        let guest = Module::new(&format!("(module {fields} {of_another_type})"));
        let inspected = run(&["inspect", &guest.path()]).expect(0);
        assert!(inspected.text().contains(why), "{}", inspected.text());
        let ran = run(&["run", &guest.path(), "go"]).expect(3);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    let variable = r#"(global (export "__aingle_abi") (mut i32) (i32.const 64))"#;
    for sound in [Module::guest(), Module::new(&format!("(module {fields} {variable})"))] {
        let inspected = run(&["inspect", &sound.path()]);
        assert!(!inspected.text().contains(why), "{}", inspected.text());
    }
}

#[test]
fn why_a_module_is_refused_is_said_as_it_is() {
    let refused = |fields: &str| run(&["run", &Module::new(fields).path(), "go"]).expect(4).stderr;
    let segment = refused(r#"(module (memory 1 1) (data (i32.const 65536) "a"))"#);
    assert!(segment.contains("do not fit") && !segment.contains("valid"), "{segment}");
    let record = refused(
        r#"(module (memory (export "memory") 1 1) (global (export "__aingle_abi") i32 (i32.const 65535)))"#,
    );
    assert!(record.contains("__aingle_abi record") && !record.contains("do not fit"), "{record}");
}

#[test]
fn names_in_a_module_move_no_cursor_and_forge_no_line() {
    const NAME: &str = "x\u{1b}[2J\nerror: forged\n  came  1\u{9b}\u{202e}";
    let text: String = NAME.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let entries = format!(
        r#"(func (export "{text}") (param i32 i32) (result i64) (i64.const 0)) (func (export "{text}2"))
        (@custom "{text}" "")"#
    );
    let import = format!(r#"(import "env" "{text}" (func (param i32 i32) (result i64)))"#);
    let twice = format!(r#"(func (export "{text}")) (func (export "{text}"))"#);
    let [there, missing, invalid] =
        [entries.clone(), import + &entries, twice].map(|fields| Module::new(&format!("(module {fields})")));
    let (there, missing, invalid) = (there.path(), missing.path(), invalid.path());
    for arguments in [
        &["inspect", &there][..],
        &["inspect", &missing],
        &["inspect", &invalid],
        &["run", &there, "none"],
        &["run", &missing, "none"],
        &["run", &invalid, "none"],
        &["invoke", &there, "none"],
        &["diff", &there, "none", "--on", "wasmer", "--on", "wasmi"],
    ] {
        let ran = run(arguments);
        let said = ran.text().to_owned() + &ran.stderr;
        assert!(
            said.contains("x\\u{1b}[2J\\nerror: forged\\n  came  1\\u{9b}\\u{202e}"),
            "{arguments:?}: {said:?}"
        );
        assert!(!said.contains(is_odd), "{arguments:?}: {said:?}");
        assert!(!said.contains("\nerror: forged") && !said.contains("\n  came"), "{arguments:?}: {said:?}");
    }
    let ran = run(&["inspect", &there, "--json"]).expect(0);
    assert!(!ran.text().contains(is_odd), "{:?}", ran.text());
    assert_eq!(ran.json()["entries"][0], NAME);
}

/// Whether a letter would do something to a terminal, or to the direction of others.
fn is_odd(letter: char) -> bool {
    letter.is_control() && letter != '\n' || letter == '\u{202e}'
}

#[test]
fn a_grant_forges_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let (grants, mock) = (file("grants.toml", r#"output = ["x\n  came  1"]"#), file("mock.toml", ""));
    let guest = Module::guest();
    let ran = run(&["run", &guest.path(), "echo", "--grants", &grants, "--mock", &mock]).expect(4);
    assert!(ran.stderr.contains("output.x\\n  came  1"), "{}", ran.stderr);
}

#[test]
fn inspect_names_what_refuses_the_canonical_form() {
    let many = "0 ".repeat(2_000);
    let text = |second: &str| {
        let first = "(func (if (i32.const 1) (then)))";
        Module::new(&format!("(module {first} (func (param i32) (block {second})))"))
    };
    let (repaired, refused) = (text(""), text(&format!("(br_table {many} (local.get 0))")));
    let ran = run(&["inspect", &repaired.path()]).expect(0);
    assert!(ran.text().contains("; it runs in its canonical form"), "{}", ran.text());
    let ran = run(&["inspect", &refused.path()]).expect(4);
    assert!(!ran.text().contains("it runs in its canonical form"), "{}", ran.text());
    assert!(ran.text().contains("check    in its canonical form function 1, "), "{}", ran.text());
    let fuel = &run(&["inspect", &refused.path(), "--json"]).expect(4).json()["fuel"];
    assert_eq!(fuel["repairable"], false);
    assert!(!run(&["run", &refused.path(), "none"]).expect(4).stderr.contains("note: "));
}

#[test]
fn of_many_names_some_are_told() {
    let exports: String = (0..40).map(|at| format!("(func (export \"f{at}\"))")).collect();
    let ran = run(&["invoke", &Module::new(&format!("(module {exports})")).path(), "none"]).expect(2);
    assert!(ran.stderr.ends_with("f30(), f31(), and 8 more\n"), "{}", ran.stderr);
}

#[test]
fn what_is_no_module_is_told_from_one_that_is_damaged() {
    for (bytes, said) in [
        (&b" ;; greets\n(module)"[..], "must be assembled first: `wat2wasm FILE`"),
        (b"(module)", "must be assembled first"),
        (b"MZ\x90", "it is not WebAssembly, whose files begin with"),
        (b"\0asm\x01\0\0\0\x01\x05\x01", "offset 0x"),
    ] {
        let module = Module::of(bytes);
        for arguments in [
            &["inspect", &module.path()][..],
            &["run", &module.path(), "f"],
            &["invoke", &module.path(), "f"],
        ] {
            let ran = run(arguments).expect(4);
            assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_size_that_no_guest_can_use_is_refused_at_the_argument() {
    for option in ["--memory", "--heap", "--stack", "--inbox"] {
        let ran = run(&["build", option, "2147483648"]).expect(2);
        assert!(ran.stderr.contains(&format!("for '{option} <BYTES>'")), "{}", ran.stderr);
    }

    for bytes in ["0", "3", "16", "5000"] {
        let ran = run(&["build", "--stack", bytes]).expect(2);
        assert!(ran.stderr.contains("--stack") && ran.stderr.contains("multiple of 16"), "{}", ran.stderr);
    }
}

#[test]
fn a_new_guest_builds_and_answers_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| {
        let mut command = command();
        command.args(arguments).current_dir(folder.path());
        // What the outer cargo sets is none of a user's environment.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
        ran(command.output().unwrap())
    };
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest");
    at(&["new", "hello-guest", "--sdk", sdk]).expect(0);
    assert!(at(&["new", "hello-guest", "--sdk", sdk]).expect(2).stderr.contains("already there"));

    let small = at(&["build", "hello-guest", "--memory", "4096"]).expect(2).stderr;
    assert!(small.contains("a memory of 4096 bytes has no room for a stack of 4096"), "{small}");
    let built = at(&["build", "hello-guest"]).expect(0);
    let module = built.text().lines().next().unwrap().to_owned();
    assert!(built.text().contains("bytes, fixed"), "{}", built.text());
    for on in ["wasmer", "wasmi"] {
        assert_eq!(at(&["run", &module, "shout", "--input", "hello", "--on", on]).expect(0).text(), "HELLO");
        let said = at(&["run", &module, "shout", "--on", on]).expect(1).stderr;
        assert!(said.contains("say something"), "{said}");
    }
    let page = at(&["inspect", &module, "--json"]).expect(0).json();
    assert_eq!(page["guest"]["entries"], serde_json::json!([{ "name": "shout", "form": "bytes" }]));

    let built = at(&["build", "hello-guest", "--server"]).expect(0);
    assert!(built.text().contains("can grow"), "{}", built.text());
}

#[test]
fn a_crate_that_is_none_or_does_not_build_is_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert!(run(&["build", path]).expect(2).stderr.contains("aingle-wasm new"));
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"x\"\n[workspace]\n[lib]\n").unwrap();
    fs::write(folder.path().join("src/lib.rs"), "fn").unwrap();
    run(&["build", path]).expect(2);
}

#[test]
fn help_has_examples_and_the_version_is_told() {
    assert!(run(&["--help"]).expect(0).text().contains("Exit codes:"));
    for verb in [
        &["new"][..],
        &["build"],
        &["run"],
        &["invoke"],
        &["inspect"],
        &["envelope", "encode"],
        &["completions"],
    ] {
        let help = run(&[verb, &["--help"]].concat()).expect(0);
        assert!(help.text().contains("Examples:"), "{verb:?}");
    }
    assert_eq!(
        run(&["--version"]).expect(0).text(),
        concat!("aingle-wasm ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn completions_are_scripts_and_a_closed_pipe_is_no_error() {
    assert!(run(&["completions", "bash"]).expect(0).text().contains("aingle-wasm"));
    let script = format!("{} completions zsh | true", env!("CARGO_BIN_EXE_aingle-wasm"));
    let ran = ran(Command::new("sh").args(["-c", &script]).output().unwrap());
    assert_eq!(ran.stderr, "");
}
