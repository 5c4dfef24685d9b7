//! Runs the command, on guests that are written by hand.

#![allow(dead_code, reason = "each test program uses a part")]

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The command with `arguments`, what it printed, and its exit code.
pub struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap()
    }

    /// The one object on one line that it printed.
    #[track_caller]
    pub fn json(&self) -> Value {
        let text = self.text();
        assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true), "{text}{}", self.stderr);
        serde_json::from_str(text).unwrap()
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", String::from_utf8_lossy(&self.stdout), self.stderr);
        self
    }
}

pub fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_aingle-wasm"))
}

pub fn run(arguments: &[&str]) -> Ran {
    ran(command().args(arguments).stdin(Stdio::null()).output().unwrap())
}

pub fn run_with(arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    ran(child.wait_with_output().unwrap())
}

pub fn ran(output: Output) -> Ran {
    let code = output.status.code().expect("the command ended by itself");
    Ran { code, stdout: output.stdout, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
}

/// A module in a file that lasts as long as this.
pub struct Module {
    folder: tempfile::TempDir,
}

impl Module {
    pub fn new(text: &str) -> Self {
        Self::of(&wat::parse_str(text).unwrap())
    }

    pub fn of(wasm: &[u8]) -> Self {
        let module = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(module.file(), wasm).unwrap();
        module
    }

    /// A guest of the SDK's ABI: an inbox at 256, host replies at 4096, 70 MiB of memory.
    pub fn guest() -> Self {
        Self::new(GUEST)
    }

    pub fn path(&self) -> String {
        self.file().to_str().unwrap().to_owned()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("module.wasm")
    }
}

const GUEST: &str = r#"(module
    (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
    (memory (export "memory") 1120 1120)
    (global (export "__aingle_abi") i32 (i32.const 0))
    (data (i32.const 0) "AIGL\01\00\00\00\00\01\00\00\00\08\00\00\00\10\00\00\00\01\00\00\00\00\00\00\00\00\00\00")
    (data (i32.const 5000) "\03hello\02careful")

    (func $bare (param $ptr i32) (param $len i32) (result i64)
        (if (result i64) (local.get $len)
            (then (i64.or
                (i64.shl (i64.extend_i32_u (i32.add (local.get $ptr) (i32.const 12))) (i64.const 32))
                (i64.extend_i32_u (i32.sub (local.get $len) (i32.const 12)))))
            (else (i64.const 0))))
    (func (export "echo") (param i32 i32) (result i64)
        (call $bare (local.get 0) (local.get 1)))
    (func (export "refuse") (param i32 i32) (result i64)
        (i64.or (i64.const 0x8000000000000000) (call $bare (local.get 0) (local.get 1))))
    (func (export "talk") (param i32 i32) (result i64)
        (drop (call $log (i32.const 5000) (i32.const 6)))
        (drop (call $log (i32.const 5006) (i32.const 8)))
        (i64.const 0))
    (func (export "panic") (param i32 i32) (result i64) unreachable)
    (func (export "spin") (param i32 i32) (result i64) (loop (br 0)) unreachable)
    (func (export "past") (param i32 i32) (result i64) (i64.load (i32.const 0x7fffffff)))

    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "same") (param i64 f32 f64) (result i64 f32 f64)
        (local.get 0) (local.get 1) (local.get 2)))"#;
