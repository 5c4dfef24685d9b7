//! Targets beyond this process: a service behind a socket and behind a serial port, and all the ways in which
//! there may be none.

#![forbid(unsafe_code)]

mod support;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use aingle_wasm_core::{
    codec::Key,
    engine::Limits,
    host::{self, Platform},
    link::{Board, Heap, Service, Single},
    log::Log,
};
use support::{Module, Ran, command, ran, run};

#[derive(Default)]
struct Chip(Log);

impl Platform for Chip {
    fn log(&mut self) -> &mut Log {
        &mut self.0
    }

    fn micros(&mut self) -> Option<u64> {
        None
    }
}

/// Serves one link with frames as short as they may be.
fn serve(stream: impl Read + Write, keys: &[Key]) {
    serve_with(stream, keys, Heap::default);
}

/// The same on a board with such a heap.
fn serve_with(mut stream: impl Read + Write, keys: &[Key], heap: fn() -> Heap) {
    let board = Board {
        limits: Limits::SERVER,
        imports: host::standard().into(),
        state: |_| Chip::default(),
        heap,
        nanos: || None,
    };
    let guests = Single::new(board, aingle_wasm_backend_wasmi::Engine::default(), vec![0; 1 << 16]);
    let mut service: Service<'_, _, 200> = Service::new("test", keys, guests);
    let mut room = [0; 64];
    while let Ok(len @ 1..) = stream.read(&mut room) {
        let mut answers = Vec::new();
        service.receive(&room[..len], |frame| answers.extend_from_slice(frame));
        stream.write_all(&answers).unwrap();
    }
}

/// A port on which `with` gets the first connection.
fn listening(with: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let on = format!("tcp:{}", listener.local_addr().unwrap());
    thread::spawn(move || with(listener.accept().unwrap().0));
    on
}

#[test]
fn a_service_behind_a_socket_is_a_target() {
    let guest = Module::guest();
    let text = "long enough for several frames; ".repeat(60);
    let on = listening(|stream| serve(stream, &[]));
    let report =
        run(&["run", &guest.path(), "echo", "--input", &text, "--on", &on, "--json"]).expect(0).json();
    assert_eq!((&report["on"], &report["reply_text"]), (&on.into(), &text.into()));
    assert!(report["nanos"].is_null());
}

#[test]
fn a_link_can_be_encrypted() {
    let guest = Module::guest();
    let key = "42".repeat(32);
    let served = || listening(|stream| serve(stream, &[Key::new(7, [0x42; 32])]));
    let with = |key: &str, id: &str| {
        let on = served();
        run(&[
            "run",
            &guest.path(),
            "echo",
            "--input",
            "hi",
            "--on",
            &on,
            "--key-hex",
            key,
            "--key-id",
            id,
            "--timeout",
            "1",
        ])
    };
    assert_eq!(with(&key, "7").expect(0).text(), "hi");
    let other = with(&"43".repeat(32), "7").expect(5).stderr;
    assert!(other.contains("--key-hex"), "{other}");
    with(&key, "8").expect(5);
}

#[test]
fn a_module_longer_than_the_buffer_is_code_6() {
    let big = Module::new(&format!(r#"(module (@custom "padding" "{}"))"#, "x".repeat(1 << 17)));
    let on = listening(|stream| serve(stream, &[]));
    let ran = run(&["run", &big.path(), "echo", "--on", &on]).expect(6);
    assert!(ran.stderr.contains("65536 bytes"), "{}", ran.stderr);
}

#[test]
fn a_guest_without_room_is_code_6_and_its_module_stays_here() {
    let large = Module::new(
        r#"(module (memory (export "memory") 1) (func (export "echo") (param i32 i32) (result i64) (i64.const 0)))"#,
    );
    let on = listening(|stream| {
        serve_with(stream, &[], || Heap { used: 5_000, peak: 5_000, size: 64_000 });
    });
    let ran = run(&["run", &large.path(), "echo", "--on", &on]).expect(6);
    assert!(ran.stderr.contains("of the 59000 that are there"), "{}", ran.stderr);
    let small = Module::new(
        r#"(module (memory (export "memory") 32768 32768 (pagesize 1))
            (func (export "one") (result i32) (i32.const 1)))"#,
    );
    let on = listening(|stream| {
        serve_with(stream, &[], || Heap { used: 5_000, peak: 5_000, size: 64_000 });
    });
    run(&["invoke", &small.path(), "one", "--on", &on]).expect(0);
}

/// Never a hang: the time-out and a little.
fn in_time(arguments: &[&str]) -> Ran {
    let started = Instant::now();
    let ran = run(arguments);
    assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
    ran
}

#[test]
fn a_silent_socket_is_code_5_in_time() {
    let guest = Module::guest();
    let on = listening(|stream| {
        thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    let ran = in_time(&["run", &guest.path(), "echo", "--on", &on, "--timeout", "1"]).expect(5);
    assert!(
        ran.stderr.contains("did not answer in 1 s: is it a link to a board, and is no other"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_long_run_is_not_blamed_on_the_link() {
    let guest = Module::guest();
    let on = listening(|stream| serve(stream, &[]));
    let fuel = u64::MAX.to_string();
    let ran =
        in_time(&["run", &guest.path(), "spin", "--on", &on, "--timeout", "1", "--fuel", &fuel]).expect(5);
    assert!(
        ran.stderr.contains("its guest may still be running; allow it more time with --timeout"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_socket_that_talks_nonsense_is_code_5_in_time() {
    let guest = Module::guest();
    for noise in [&b"HTTP/1.1 400 Bad Request\r\n"[..], &[0; 64], &[7; 64]] {
        let on = listening(move |mut stream| {
            while stream.write_all(noise).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        });
        in_time(&["run", &guest.path(), "echo", "--on", &on, "--timeout", "1", "--json"]).expect(5);
    }
}

#[test]
fn a_socket_that_closes_is_code_5() {
    let guest = Module::guest();
    let on = listening(drop);
    let ran = in_time(&["run", &guest.path(), "echo", "--on", &on]).expect(5);
    assert!(ran.stderr.contains("ended the connection"), "{}", ran.stderr);
    // Nobody has listened there since the listener was dropped.
    let ran = in_time(&["run", &guest.path(), "echo", "--on", &on]).expect(5);
    assert!(ran.stderr.contains("cannot connect"), "{}", ran.stderr);
}

#[test]
#[cfg(unix)]
fn a_serial_port_is_a_target_when_someone_answers() {
    use serialport::{SerialPort, TTYPort};

    let guest = Module::guest();
    let (mut board, port) = TTYPort::pair().unwrap();
    let on = port.name().unwrap();
    let ran = in_time(&["run", &guest.path(), "echo", "--on", &on, "--timeout", "1"]).expect(5);
    assert!(ran.stderr.contains("did not answer"), "{}", ran.stderr);
    run(&["run", &guest.path(), "echo", "--on", &on, "--baud", "0"]).expect(2);

    let other = serialport::new(&on, 115_200).open().unwrap();
    let ran = in_time(&["run", &guest.path(), "echo", "--on", &on, "--timeout", "1"]).expect(5);
    assert!(ran.stderr.contains("does another program use it"), "{}", ran.stderr);
    drop(other);

    board.set_timeout(Duration::from_secs(10)).unwrap();
    thread::spawn(move || serve(board, &[]));
    let ran = in_time(&["run", &guest.path(), "echo", "--input", "hi", "--on", &on]);
    assert_eq!(ran.expect(0).text(), "hi");
    drop(port);
}

#[test]
fn a_port_that_is_none_is_code_5() {
    let guest = Module::guest();
    assert!(
        run(&["run", &guest.path(), "echo", "--on", "/dev/none"])
            .expect(5)
            .stderr
            .contains("cannot open /dev/none")
    );
    run(&["run", &guest.path(), "echo", "--on", &guest.path()]).expect(5);
}

#[test]
fn without_an_emulator_or_firmware_the_line_to_type_is_told() {
    let (guest, firmware) = (Module::guest(), elf());
    let emulated = ["run", &guest.path(), "echo", "--on", "qemu:mps2-an386"];
    let ran = run(&[&emulated[..], &["--firmware", "none.elf"]].concat()).expect(5);
    assert!(ran.stderr.contains("there is no firmware none.elf"), "{}", ran.stderr);
    let ran = run(&[&emulated[..], &["--firmware", &guest.path()]].concat()).expect(5);
    assert!(
        ran.stderr.contains("is no firmware for mps2-an386: it is no ELF program for its Cortex-M4F"),
        "{}",
        ran.stderr
    );
    let mut nowhere = command();
    nowhere.args(emulated).args(["--firmware", &firmware.path()]).env("PATH", "");
    let ran = support::ran(nowhere.output().unwrap()).expect(5);
    assert!(ran.stderr.contains("cargo xtask setup"), "{}", ran.stderr);
}

/// How a program for the board's processor begins.
fn elf() -> Module {
    let mut head = [0; 52];
    head[..6].copy_from_slice(b"\x7fELF\x01\x01");
    head[18] = 40;
    Module::of(&head)
}

/// A program in the emulator's place, and the command that will start it.
#[cfg(unix)]
fn with_emulator(folder: &std::path::Path, script: &str, module: &str) -> std::process::Command {
    use std::{fs, os::unix::fs::PermissionsExt};

    let program = folder.join("qemu-system-arm");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = command();
    let firmware = folder.join("firmware.elf");
    fs::copy(elf().path(), &firmware).unwrap();
    command.args(["run", module, "echo", "--on", "qemu:mps2-an386", "--firmware"]).arg(firmware);
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    command
}

#[test]
#[cfg(unix)]
fn an_emulator_that_dies_says_why_and_one_that_is_silent_is_ended() {
    let (guest, folder) = (Module::guest(), tempfile::tempdir().unwrap());
    let said = |script: &str| {
        let mut command = with_emulator(folder.path(), script, &guest.path());
        ran(command.args(["--timeout", "1"]).output().unwrap()).expect(5).stderr
    };
    let dead = said("echo no such machine >&2; exit 1");
    assert!(dead.contains("the emulator ended (exit status: 1): no such machine"), "{dead}");
    let silent = said("exec sleep 20");
    assert!(silent.contains("does not connect"), "{silent}");
}

#[test]
#[cfg(target_os = "linux")]
fn an_emulator_does_not_outlive_a_command_that_is_terminated() {
    let (guest, folder) = (Module::guest(), tempfile::tempdir().unwrap());
    let note = folder.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 20", note.display());
    let soon = |what: &str, done: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < Duration::from_secs(10), "{what}");
            thread::sleep(Duration::from_millis(10));
        }
    };
    let pid = || std::fs::read_to_string(&note).unwrap_or_default().trim().to_owned();
    for signal in ["INT", "TERM"] {
        let mut child = with_emulator(folder.path(), &script, &guest.path()).spawn().unwrap();
        soon("the emulator starts", &|| !pid().is_empty());
        let (name, id) = (format!("-{signal}"), child.id().to_string());
        let killed = std::process::Command::new("kill").args([name, id]).status().unwrap();
        assert!(killed.success() && !child.wait().unwrap().success(), "{signal}");
        // One that ended may stay a zombie where nobody collects it.
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid())).unwrap_or_default();
        soon("the emulator ends", &|| state().is_empty() || state().contains(") Z "));
        std::fs::remove_file(&note).unwrap();
    }
}
