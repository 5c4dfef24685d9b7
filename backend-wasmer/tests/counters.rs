//! What an engine counts, without a subscriber.

#[path = "support/endings.rs"]
mod endings;

use std::{
    panic::{self, AssertUnwindSafe},
    sync::Barrier,
    thread,
};

use aingle_wasm_backend_wasmer::{Counters, Engine, cache::Counts};
use aingle_wasm_core::{
    engine::Value,
    error::{Abstain, CallError, Fault, Trap},
    pool::Pool,
};
use endings::{imports, load, wasm};

#[test]
fn a_call_counts_though_whoever_gets_its_reply_panics() {
    let engine = Engine::default();
    let mut guest = load(&engine);
    let mut echo = guest.entry("echo").unwrap();
    let called = panic::catch_unwind(AssertUnwindSafe(|| {
        guest.call(&mut echo, b"hello", 1_000, |_| panic!("on purpose, with the reply"))
    }));
    assert!(called.is_err());
    let used = guest.fuel_used();
    guest.call(&mut echo, b"hello", 1_000, |_| ()).unwrap();
    assert_eq!(used, guest.fuel_used());
    let counters = engine.counters();
    assert_eq!((counters.calls, counters.fuel), (2, 2 * used));
}

#[test]
fn counters_tell_all_that_happened() {
    let engine = Engine::default();
    assert_eq!(engine.counters(), Counters::default());
    let mut guest = load(&engine);
    let mut fuel = 0;
    let mut echo = guest.entry("echo").unwrap();
    for _ in 0..3 {
        guest.call(&mut echo, b"hello", 1_000, |_| ()).unwrap();
        fuel += guest.fuel_used();
    }
    guest.notify(&mut echo, b"hello", 1_000).unwrap();
    fuel += guest.fuel_used();
    assert_eq!(guest.invoke("hang", &[], 100), Err(Trap::OutOfFuel.into()));
    fuel += guest.fuel_used();
    // The guest is started afresh.
    let mut fail = guest.entry("fail").unwrap();
    assert_eq!(guest.call(&mut fail, b"", 100, |_| ()), Err(Trap::Unreachable.into()));
    fuel += guest.fuel_used();
    let mut lie = guest.entry("lie").unwrap();
    assert_eq!(guest.call(&mut lie, b"", 100, |_| ()), Err(Fault::ReplyRange.into()));
    fuel += guest.fuel_used();
    let mut panic = guest.entry("panic").unwrap();
    assert_eq!(guest.call(&mut panic, b"", 1_000, |_| ()), Err(Abstain::Panic.into()));
    fuel += guest.fuel_used();
    // Neither is a call.
    assert_eq!(guest.invoke("echo", &[Value::I32(1)], 100), Err(CallError::Arguments.into()));
    assert_eq!(guest.entry("none").err(), Some(CallError::NoEntry.into()));
    // The first starts afresh.
    (0..4).for_each(|_| guest.reset().unwrap());
    let expected = Counters {
        cache: Counts { compiled: 1, ..Counts::default() },
        started: 6,
        resets: 3,
        calls: 8,
        traps: 3,
        out_of_fuel: 1,
        abstained: 1,
        fuel,
    };
    assert_eq!(engine.counters(), expected);
    drop((guest, load(&engine)));
    let cache = Counts { memory_hits: 1, ..expected.cache };
    assert_eq!(engine.clone().counters(), Counters { started: 7, cache, ..expected });
    assert_eq!(Engine::default().counters(), Counters::default());
}

#[test]
fn threads_lose_no_count() {
    let engine = Engine::default();
    let module = engine.compile_cached("", &wasm()).unwrap();
    let pool = Pool::new(engine.clone(), module, imports(), || ());
    let begin = Barrier::new(THREADS as usize + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                begin.wait();
                for turn in 0..TURNS {
                    let (entry, fuel) = if turn % 10 == 9 { ("spin", 100) } else { ("echo", 1_000) };
                    let called = pool.call(entry, b"hello", fuel, |_| ());
                    assert_eq!(called.is_err(), entry == "spin");
                }
            });
        }
        begin.wait();
        let mut before = Counters::default();
        while before.calls < THREADS * TURNS {
            let now = engine.counters();
            assert!(now.calls >= before.calls && now.fuel >= before.fuel && now.started >= before.started);
            before = now;
            thread::yield_now();
        }
    });
    let counters = engine.counters();
    assert_eq!((counters.calls, counters.traps), (THREADS * TURNS, THREADS * TURNS / 10));
    assert_eq!(counters.out_of_fuel, counters.traps);
    // Every guest was put back after every call, by a copy or by a start.
    assert_eq!(counters.started + counters.resets, THREADS * (TURNS + 1));
}

const THREADS: u64 = 8;
const TURNS: u64 = 200;
