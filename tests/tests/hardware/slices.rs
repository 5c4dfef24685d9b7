//! Calls in slices, of guests that wait for hardware.

use aingle_wasm::{
    Machine,
    hardware::{Bench, Terms},
};
use aingle_wasm_core::{
    engine::Value,
    guest::{Guest, Job, Outcome, Turn},
    hal::Code,
};
use libtest_mimic::Failed;

use crate::{Desk, PLENTY, same, start};

/// Waits a number of times, and reads the clock each time.
const GUEST: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "delay" (func $delay (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "clock_read" (func $clock_read (param i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "delayclock")
    (func (export "wait") (param $times i32) (result i64)
        (drop (call $open (i32.const 4) (i32.const 0) (i32.const 5)))
        (drop (call $open (i32.const 5) (i32.const 5) (i32.const 5)))
        (loop $again
            (drop (call $delay (i32.const 0) (i32.const 50_000) (i32.const 0)))
            (drop (call $clock_read (i32.const 1) (i32.const 16)))
            (local.set $times (i32.sub (local.get $times) (i32.const 1)))
            (br_if $again (local.get $times)))
        (i64.load (i32.const 16)))
    ;; Twice without a charge between, and once without a guest around it.
    (func (export "twice") (result i32)
        (drop (call $open (i32.const 4) (i32.const 0) (i32.const 5)))
        (i32.add
            (call $delay (i32.const 7) (i32.const 0) (i32.const 0))
            (call $delay (i32.const 0) (i32.const 0) (i32.const 0))))
    (export "delay" (func $delay)))"#;

const TIMES: u32 = 20;

const WAIT: Job<'static> = Job::Invoke { export: "wait", arguments: &[Value::I32(TIMES)] };

pub fn a_wait_is_the_last_of_its_slice() -> Result<(), Failed> {
    let wasmi = aingle_wasm_backend_wasmi::Engine::default();
    let whole = whole(aingle_wasm_backend_wasmer::Engine::default())?;
    same(self::whole(wasmi)?, whole)?;
    let (fuel, _) = whole;
    for slice in [1, 2, 19, 20, 21, 50, 70, 71, 500, PLENTY] {
        let mut guest = guest(wasmi)?;
        let mut turn = guest.begin(&WAIT, fuel, slice)?;
        let mut slices = 1;
        while let Turn::Underway(job) = turn {
            turn = guest.go_on(job, slice)?;
            slices += 1;
        }
        same((guest.fuel_used(), guest.host_calls()), whole)?;
        println!("{slice} units: {slices} slices");
        same(slices > TIMES, true)?;
        same(guest.invoke("wait", &[Value::I32(TIMES)], fuel - 1).is_err(), true)?;
    }
    for (export, arguments, answer, most) in [
        ("twice", &[][..], Code::NoSuchResource.to_guest() as u32, 3),
        ("delay", &[Value::I32(0), Value::I32(0), Value::I32(0)], Code::NoSuchResource.to_guest() as u32, 1),
    ] {
        let mut guest = self::guest(wasmi)?;
        let mut turn = guest.begin(&Job::Invoke { export, arguments }, PLENTY, PLENTY)?;
        for _ in 1..most {
            let Turn::Underway(job) = turn else { return Err("a wait ends a slice".into()) };
            turn = guest.go_on(job, PLENTY)?;
        }
        let Turn::Done(Outcome::Returned(results)) = turn else {
            return Err("it has come to its end".into());
        };
        same(&results[..], &[Value::I32(answer)])?;
    }
    Ok(())
}

/// Fuel, host calls and their digest of the call in one piece.
fn whole<E: Desk>(engine: E) -> Result<(u64, (u32, u32)), Failed> {
    let mut guest = guest(engine)?;
    let waited = guest.invoke("wait", &[Value::I32(TIMES)], PLENTY)?;
    same(&waited[..], &[Value::I64(u64::from(TIMES) * 50)])?;
    Ok((guest.fuel_used(), guest.host_calls()))
}

fn guest<E: Desk>(engine: E) -> Result<Guest<E, Machine>, Failed> {
    let bench = Bench::mock("delay = [\"delay\"]\nclock = [\"clock\"]")?;
    let grants = Terms::read("clock = [\"clock\"]\n[delay.delay]\nmax_ms = 1")?;
    Ok(start(engine, &wat::parse_str(GUEST)?, 0, grants, &bench)?)
}
