//! `run --linux`: a guest on what a Linux machine has, as far as there is a stand-in for it without hardware: the
//! kernel's files are files, the serial port is a pseudo-terminal. GPIO, I2C and SPI have none; what is not there is
//! named.

#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

mod support;

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    thread,
};

use serialport::{SerialPort, TTYPort};
use support::{Module, Ran, run};

#[test]
fn a_guest_measures_and_drives_what_the_kernel_offers() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("in_voltage0_raw"), "1024\n").unwrap();
    fs::write(at("period"), "20000000\n").unwrap();
    let told = run_on(
        folder.path(),
        "dim",
        "adc = [\"light\"]\npwm = [\"lamp\"]",
        &format!(
            "adc.light = {{ file = \"{}\", max = 4095 }}\npwm.lamp = {{ folder = \"{}\" }}\n[grants]\nadc = [\"light\"]\npwm = [\"lamp\"]",
            at("in_voltage0_raw").display(),
            folder.path().display()
        ),
    );
    assert_eq!(told.expect(0).text(), "\u{0}\u{4}");
    let number = |name: &str| fs::read_to_string(at(name)).unwrap().trim().parse::<u64>().unwrap();
    assert_eq!(number("enable"), 1);
    assert_eq!(number("duty_cycle"), 20_000_000 * 1024 / 65_535);
}

#[test]
fn a_guest_talks_over_a_serial_port() {
    let folder = tempfile::tempdir().unwrap();
    let (mut far, near) = TTYPort::pair().unwrap();
    let port = near.name().unwrap();
    let other = thread::spawn(move || {
        far.set_timeout(std::time::Duration::from_secs(20)).unwrap();
        let mut heard = [0; 5];
        far.read_exact(&mut heard).unwrap();
        far.write_all(&heard.map(|byte| byte.to_ascii_uppercase())).unwrap();
        far
    });
    let description = format!(
        "uart.modem = {{ device = \"{port}\", baud = 9600, timeout_ms = 20_000 }}\n[grants]\nuart = [\"modem\"]"
    );
    let told = run_on(folder.path(), "talk", "uart = [\"modem\"]", &description);
    assert_eq!(told.expect(0).text(), "HELLO");
    drop(other.join().unwrap());
}

#[test]
fn what_a_machine_has_not_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (described, given, words) in [
        ("i2c.sensors = { device = \"/dev/i2c-99\", hz = 1 }", I2C, "sensors: cannot open /dev/i2c-99: "),
        (
            "spi.screen = { device = \"/dev/spi99.0\", hz = 1 }",
            "spi.screen = {}",
            "screen: cannot open /dev/spi99.0: ",
        ),
        (
            "spi.screen = { device = \"/dev/null\", hz = 1, mode = 4 }",
            "spi.screen = {}",
            "screen: mode is 0 to 3",
        ),
        (
            "output.led = { chip = \"/dev/gpiochip99\", line = 17 }",
            "output = [\"led\"]",
            "led: line 17 of /dev/gpiochip99 cannot be had: ",
        ),
        (
            "input.key = { chip = \"/dev/gpiochip99\", line = 3 }",
            "input = [\"key\"]",
            "key: line 3 of /dev/gpiochip99 cannot be had: ",
        ),
        (
            "uart.modem = { device = \"/dev/ttyNONE\", baud = 9600 }",
            "uart = [\"modem\"]",
            "modem: cannot open /dev/ttyNONE: ",
        ),
        ("pwm.lamp = { folder = \"/nowhere\" }", "pwm = [\"lamp\"]", "lamp: cannot open /nowhere/period: "),
        (
            "adc.light = { file = \"/nowhere\", max = 1 }",
            "adc = [\"light\"]",
            "light: cannot open /nowhere: ",
        ),
        (
            "adc.light = { file = \"/dev/null\", max = 1 }",
            "adc = [\"light\"]",
            "light: /dev/null has no number",
        ),
        ("", "adc = [\"light\"]", "[grants] gives adc.light, which is not described"),
        ("i2c.sensors = { device = \"/dev/i2c-1\" }", I2C, "missing field `hz`"),
        ("can.bus = {}", "", "unknown field `can`"),
    ] {
        let description = format!("{described}\n[grants]\n{given}");
        let told = run_on(folder.path(), "talk", "", &description).expect(2);
        assert!(told.stderr.contains(words), "{description}: {}", told.stderr);
    }
}

#[test]
fn what_is_there_is_not_given_unless_it_is_granted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in_voltage0_raw");
    fs::write(&file, "7").unwrap();
    let description = format!("adc.light = {{ file = \"{}\", max = 4095 }}", file.display());
    let told = run_on(folder.path(), "dim", "adc = [\"light\"]", &description).expect(4);
    assert!(told.stderr.contains("the guest wants what is not given here: adc.light"), "{}", told.stderr);
}

/// Calls `entry` of a guest that wants `wants`, on the machine that is described.
fn run_on(folder: &Path, entry: &str, wants: &str, description: &str) -> Ran {
    let guest = Module::new(match entry {
        "dim" => DIM,
        _ => TALK,
    });
    let (grants, linux) = (folder.join("grants.toml"), folder.join("linux.toml"));
    fs::write(&grants, wants).unwrap();
    fs::write(&linux, description).unwrap();
    let (grants, linux) = (grants.display().to_string(), linux.display().to_string());
    run(&["run", &guest.path(), entry, "--on", "wasmi", "--grants", &grants, "--linux", &linux])
}

const I2C: &str = "i2c.sensors = { addresses = [0x48] }";

/// Drives a lamp as bright as what it measures, and answers with that.
const DIM: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "adc_read" (func $adc_read (param i32) (result i32)))
    (import "aingle_hal" "pwm_set" (func $pwm_set (param i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (global (export "__aingle_abi") i32 (i32.const 0))
    (data (i32.const 0) "AIGL\01\00\00\00\00\01\00\00\00\08\00\00\00\10\00\00\00\01\00\00\00\00\00\00\00\00\01\00")
    (data (i32.const 5000) "lightlamp")
    (func (export "dim") (param i32 i32) (result i64) (local $level i32)
        (local.set $level (call $adc_read (call $open (i32.const 7) (i32.const 5000) (i32.const 5))))
        (drop (call $pwm_set (call $open (i32.const 6) (i32.const 5005) (i32.const 4)) (local.get $level)))
        (i32.store16 (i32.const 5100) (local.get $level))
        (i64.or (i64.shl (i64.const 5100) (i64.const 32)) (i64.const 2))))"#;

/// Says hello, and answers with what comes back.
const TALK: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "uart_write" (func $write (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "uart_read" (func $read (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (global (export "__aingle_abi") i32 (i32.const 0))
    (data (i32.const 0) "AIGL\01\00\00\00\00\01\00\00\00\08\00\00\00\10\00\00\00\01\00\00\00\00\00\00\00\00\01\00")
    (data (i32.const 5000) "modemhello")
    (func (export "talk") (param i32 i32) (result i64) (local $port i32) (local $len i32)
        (local.set $port (call $open (i32.const 8) (i32.const 5000) (i32.const 5)))
        (drop (call $write (local.get $port) (i32.const 5005) (i32.const 5)))
        (loop $more
            (local.set $len (i32.add (local.get $len) (call $read
                (local.get $port)
                (i32.add (i32.const 5100) (local.get $len))
                (i32.sub (i32.const 5) (local.get $len)))))
            (br_if $more (i32.lt_u (local.get $len) (i32.const 5))))
        (i64.or (i64.shl (i64.const 5100) (i64.const 32)) (i64.const 5))))"#;
