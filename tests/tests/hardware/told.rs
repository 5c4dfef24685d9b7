//! Guests that are told what happens on a mock, as a board would tell them.

use aingle_wasm::hardware::{Bench, Call, Fitting, Telling, Wants};
use aingle_wasm_core::hal::{Account, Grants, Peripheral};
use libtest_mimic::Failed;

use crate::{Desk, beside, call, mocks::Cost, module, same, start};

/// Four presses of the button of its mock: what each cost, and how often it was pressed.
fn press<E: Desk>(engine: E) -> Result<(Vec<Cost>, Vec<u8>), Failed> {
    let bench = Bench::mock(&beside("button", "mock.toml")?)?;
    let wants = Wants::read(&beside("button", "grants.toml")?)?;
    let mut wasm = module("button")?;
    wants.put_into(&mut wasm);
    let Fitting { grants, bench } = Fitting::new(&wants.grants, bench)?;
    let mut guest = start(engine, &wasm, 0, grants, &bench)?;
    let mut costs = Vec::new();
    for Call { entry, fuel, event } in Telling::new(&wasm, bench.clone())? {
        let mut entry = guest.entry(&entry)?;
        guest.notify(&mut entry, &event, fuel)?;
        costs.push((guest.fuel_used(), guest.host_calls()));
    }
    same(bench.unmet(), None)?;
    let count = call(&mut guest, "read", b"")??;
    Ok((costs, count))
}

pub fn a_button_is_counted_alike() -> Result<(), Failed> {
    let wasmi = press(aingle_wasm_backend_wasmi::Engine::default())?;
    let wasmer = press(aingle_wasm_backend_wasmer::Engine::default())?;
    same(wasmi.1.as_slice(), &[4, 0, 0, 0])?;
    same(wasmi.0.len(), 4)?;
    same(wasmer, wasmi)
}

const TOLD: &str = r#"
    clock = ["clock"]
    uart = ["gps"]
    [[tick]]
    clock = "clock"
    every_ms = 10
    entry = "tick"
    fuel = 1
    [[line]]
    uart = "gps"
    entry = "line"
    fuel = 2
"#;

pub fn ticks_and_lines_come_in_their_order() -> Result<(), Failed> {
    let bench = Bench::mock(
        "clock = [\"clock\"]\n[uart.gps]\n[time]\nuntil = 45_000\n\
         [[event]]\nat_us = 30_001\nuart = \"gps\"\nline = \"$GPGGA\"\n\
         [[event]]\nat_us = 20_000\nuart = \"gps\"\nline = \"$GPRMC\"",
    )?;
    let mut wasm = wat::parse_str("(module)")?;
    Wants::read(TOLD)?.put_into(&mut wasm);
    let told: Vec<_> = Telling::new(&wasm, bench)?
        .map(|call| {
            let at = u64::from_le_bytes([4, 5, 6, 7, 8, 9, 10, 11].map(|byte: usize| call.event[byte]));
            (call.entry, call.fuel, at, String::from_utf8_lossy(&call.event[12..]).into_owned())
        })
        .collect();
    let tick = |at| ("tick".to_owned(), 1, at, String::new());
    let line = |at, text: &str| ("line".to_owned(), 2, at, text.to_owned());
    let expected = [
        tick(10_000),
        tick(20_000),
        line(20_000, "$GPRMC"),
        tick(30_000),
        line(30_001, "$GPGGA"),
        tick(40_000),
    ];
    same(told.as_slice(), &expected)
}

/// The bench's time has passed by some nanoseconds before anybody is told of anything.
pub fn ticks_come_between_two_microseconds() -> Result<(), Failed> {
    let bench = Bench::mock("clock = [\"clock\"]\ndelay = [\"delay\"]\n[time]\nuntil = 25_000")?;
    bench.lend(&mut Account::new(0, Grants::NONE), None, |hal| {
        let Some(Peripheral::Delay(delay)) = hal.resources.peripheral(0) else {
            return Err("it is first");
        };
        delay.delay_ns(1);
        Ok(())
    })?;
    let mut wasm = wat::parse_str("(module)")?;
    let (tick, _) = TOLD.split_once("[[line]]").ok_or("a tick stands before a line")?;
    Wants::read(tick)?.put_into(&mut wasm);
    same(Telling::new(&wasm, bench)?.count(), 2)
}

pub fn what_nobody_is_told_of_is_named() -> Result<(), Failed> {
    let mut wasm = wat::parse_str("(module)")?;
    Wants::read(TOLD)?.put_into(&mut wasm);
    let event = "[[event]]\nat_us = 7\ninput = \"key\"\nlevel = 1";
    let told = |text: &str| Telling::new(&wasm, Bench::mock(text)?).map(drop);
    for (text, named) in [
        (format!("clock = [\"clock\"]\n[uart.gps]\n[input.key]\n{event}"), "input.key at 7 µs"),
        ("clock = [\"clock\"]".to_owned(), "is not there"),
        (event.replace("= 1", "= 2"), "the event at 7 µs"),
        (format!("{event}\n{}", event.replace('7', "8")), "the event at 8 µs: input.key has level 1 already"),
        (format!("input.key = {{ levels = [0, 1] }}\n{event}"), "input.key has level 1 already"),
    ] {
        let words = told(&text).err().unwrap_or_default();
        if !words.contains(named) {
            return Err(format!("{text}: {words}").into());
        }
    }
    Ok(())
}
