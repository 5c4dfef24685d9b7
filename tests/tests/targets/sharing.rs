//! Guests of an emulated chip that share its parts and its patience.

use std::time::Duration;

use aingle_wasm::{
    On, Options, Target, board,
    hardware::{Bench, Fitting, Wants},
    wire::{self, qemu::Qemu},
};
use aingle_wasm_core::{
    engine::Value,
    guest::Delivery,
    link::{Client, client},
};
use libtest_mimic::{Failed, Trial};

use crate::{
    Done, ensure,
    local::FRAME,
    trial,
    wired::{BOARD, firmware, module},
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("sharing::fault_39_two_guests_at_one_pin", two_guests_at_one_pin));
    trials.push(trial("sharing::fault_38_a_flood_of_lines_is_counted", a_flood_of_lines_is_counted));
    trials.push(trial("sharing::fault_38_a_log_has_the_rate_of_its_grant", a_log_has_its_rate));
}

type Board = Client<Qemu, FRAME>;

fn open() -> Result<Board, Failed> {
    let thermometer = ["-device", "tmp105,bus=i2c,address=0x48"].map(str::to_owned);
    let qemu = Qemu::start(BOARD, firmware()?, false, &thermometer, Duration::from_secs(30))?;
    let mut board = Client::new(qemu, 600);
    board.open(1, |_| ()).map_err(words)?;
    Ok(board)
}

fn two_guests_at_one_pin() -> Done {
    let mut board = open()?;
    let control = |board: &mut Board, guest| -> Result<(bool, Vec<u8>), Failed> {
        board.select(guest);
        let mut reply = Vec::new();
        let keep = |part: &[u8]| reply.extend_from_slice(part);
        let replied = board.call("control", b"", PLENTY, Delivery::Call, keep).map_err(words)?;
        Ok((replied.error, reply))
    };
    for guest in [0, 1] {
        board.select(guest);
        board.load(&module("thermostat")?, |_| ()).map_err(words)?;
    }
    // The bus is shared, the pin is not.
    for _ in 0..3 {
        let (first, second) = (control(&mut board, 0)?, control(&mut board, 1)?);
        ensure!(!first.0, "the owner: {}", String::from_utf8_lossy(&first.1));
        ensure!(second == (true, b"already in use".to_vec()), "{}", String::from_utf8_lossy(&second.1));
    }
    board.select(0);
    board.unload().map_err(words)?;
    let second = control(&mut board, 1)?;
    ensure!(!second.0, "afterwards: {}", String::from_utf8_lossy(&second.1));
    Ok(())
}

/// On a chip that gives by grants and on both engines of this machine: as many lines at once as it may say in a second.
fn a_log_has_its_rate() -> Done {
    let mut wasm = wat::parse_str(CHATTY)?;
    let wants = Wants::read("[log]\nlines_per_second = 3")?;
    wants.put_into(&mut wasm);
    for on in [On::Qemu(BOARD.to_owned()), On::Wasmi, On::Wasmer] {
        let options = match on {
            On::Qemu(_) => Options { firmware: Some(firmware()?.clone()), ..Options::default() },
            _ => {
                Options { fitting: Some(Fitting::new(&wants.grants, Bench::empty())?), ..Options::default() }
            }
        };
        let mut target = Target::open(&on, &options)?;
        target.load(&wasm, |_| ())?;
        let count = |target: &mut Target| -> Result<_, Failed> {
            target.invoke("chat", &[Value::I32(10)], PLENTY)?;
            let (lines, dropped) = target.log()?;
            Ok((lines.len(), dropped))
        };
        for _ in 0..2 {
            let (lines, dropped) = count(&mut target)?;
            // A machine with much else to do may take a third of a second for a line, and gain another.
            ensure!(
                (3..9).contains(&lines) && lines + dropped as usize == 10,
                "{on}: {lines} lines, {dropped} dropped"
            );
            std::thread::sleep(Duration::from_millis(1100));
        }
    }
    Ok(())
}

/// On each emulated chip: what is over the rate is counted, and the next call is answered.
fn a_flood_of_lines_is_counted() -> Done {
    const FLOOD: u32 = 1000;
    let wasm = wat::parse_str(CHATTY)?;
    for board in board::ALL.iter().filter(|board| board.semihosting) {
        let mut target = Target::open(&On::Qemu(board.name.to_owned()), &Options::default())?;
        target.load(&wasm, |_| ())?;
        target.invoke("chat", &[Value::I32(FLOOD)], PLENTY)?;
        let (lines, dropped) = target.log()?;
        let counted = lines.len() + dropped as usize;
        ensure!(!lines.is_empty() && dropped > 0, "{}: {dropped} of {FLOOD} dropped", board.name);
        ensure!(counted == FLOOD as usize, "{}: {counted} of {FLOOD} counted", board.name);
        target.invoke("chat", &[Value::I32(1)], PLENTY)?;
    }
    Ok(())
}

/// Says so many lines in a run.
const CHATTY: &str = r#"(module
    (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
    (memory (export "memory") 512 512 (pagesize 1))
    (global (export "__aingle_abi") i32 (i32.const 64))
    (data (i32.const 64)
        "AIGL\01\00\00\00" "\80\00\00\00\40\00\00\00" "\c0\00\00\00\40\00\00\00" "\00\00\00\00\00\02\00\00")
    (data (i32.const 0) "\03hello")
    (func (export "chat") (param $left i32)
        (loop $again
            (drop (call $log (i32.const 0) (i32.const 6)))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"#;

fn words(error: client::Error<wire::Error>) -> String {
    error.to_string()
}

/// Units of fuel that suffice for all calls.
const PLENTY: u64 = 10_000_000;
