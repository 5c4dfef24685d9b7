//! A serial port of an emulated chip whose other side reads nothing more.

use std::{env, fs, os::unix::net::UnixListener, process, time::Duration};

use aingle_wasm::{On, Options, Target, hardware::Wants};
use aingle_wasm_core::{engine::Value, hal::Code};
use libtest_mimic::Trial;

use crate::{
    Done, ensure, trial,
    wired::{BOARD, firmware},
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("a_port_that_nobody_reads_costs_a_call", a_port_that_nobody_reads));
}

/// What it takes is told, and then that it takes no more; the board goes on.
fn a_port_that_nobody_reads() -> Done {
    let path = env::temp_dir().join(format!("aingle-serial-{}", process::id()));
    let listener = UnixListener::bind(&path)?;
    let socket = format!("socket,id=port,path={}", path.display());
    let emulator = ["-chardev", &socket, "-serial", "chardev:port"].map(str::to_owned).to_vec();
    let firmware = Some(firmware()?.clone());
    let options = Options { firmware, emulator, timeout: Duration::from_secs(30), ..Options::default() };
    let mut chip = Target::open(&format!("qemu:{BOARD}").parse::<On>()?, &options)?;
    let (_silent, _) = listener.accept()?;
    fs::remove_file(path)?;
    let mut wasm = wat::parse_str(GUEST)?;
    Wants::read("uart = [\"serial\"]")?.put_into(&mut wasm);
    chip.load(&wasm, |_| ())?;
    let mut ask = |export: &str| -> Result<i32, crate::Failed> {
        match chip.invoke(export, &[], PLENTY)?.0[..] {
            [Value::I32(answer)] => Ok(answer as i32),
            ref other => Err(format!("{export}: {other:?}").into()),
        }
    };
    ensure!(ask("open")? == 0, "the port is not the guest's");
    let mut taken = 0;
    let end = loop {
        match ask("write")? {
            bytes @ 1.. => taken += bytes,
            end => break end,
        }
        ensure!(taken < MOST, "{taken} bytes went where nobody reads");
    };
    ensure!(end == Code::TimedOut.to_guest() && taken > 0, "{end} after {taken} bytes");
    let flushed = ask("flush")?;
    ensure!(flushed == Code::TimedOut.to_guest(), "{flushed} of a port that is full");
    Ok(())
}

const GUEST: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "uart_write" (func $write (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "uart_flush" (func $flush (param i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "serial")
    (func (export "open") (result i32) (call $open (i32.const 8) (i32.const 0) (i32.const 6)))
    (func (export "write") (result i32) (call $write (i32.const 0) (i32.const 0) (i32.const 4096)))
    (func (export "flush") (result i32) (call $flush (i32.const 0))))"#;

/// Bytes that find room on their way, at most: they are sent one by one.
const MOST: i32 = 16 << 20;

/// Units of fuel that suffice for all calls.
const PLENTY: u64 = 10_000_000;
