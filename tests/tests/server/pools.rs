//! Pools.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use aingle_wasm_core::{
    engine::Limits,
    error::{Error, Trap},
    pool::Pool,
};
use libtest_mimic::Failed;

use crate::{PLENTY, Server, State, ensure, imports, owned, pool, wasm};

/// Memory, globals, log, host's state, fuel, and a trap: each call sees a guest that has just started.
pub fn nothing_survives_a_call<E: Server>(engine: E) -> Result<(), Failed> {
    let pool = pool(engine, &Arc::default())?;
    let mut fuel = None;
    for round in 0..3 {
        for (entry, expected) in [
            ("count", Ok(Ok(vec![1]))),
            ("crash", Err(Trap::Unreachable.into())),
            ("hang", Err(Trap::OutOfFuel.into())),
            ("panic", Err(Error::Abstain(aingle_wasm_core::error::Abstain::Panic))),
            ("log", Ok(Ok(vec![]))),
        ] {
            let (answer, lines, calls, used) = pool.with(|guest| {
                let answer =
                    guest.entry(entry).and_then(|mut entry| guest.call(&mut entry, b"abc", PLENTY, owned));
                let used = guest.fuel_used();
                let (lines, calls) = guest
                    .with_state(|state| {
                        let mut lines = 0;
                        let mut room = [0; 120];
                        while state.log.pop(&mut room).is_some() {
                            lines += 1;
                        }
                        // A log that is not read must not be seen by the next either.
                        state.log.push(aingle_wasm_core::log::Level::Warn, b"left behind");
                        (lines, std::mem::replace(&mut state.calls, 77))
                    })
                    .unwrap_or_default();
                (answer, lines, calls, used)
            })?;
            ensure(answer == expected, format!("round {round}, {entry}: {answer:?}"))?;
            ensure(lines == u32::from(entry == "log"), format!("round {round}, {entry}: {lines} lines"))?;
            ensure(calls == 0, format!("round {round}, {entry}: a state of {calls}"))?;
            if entry == "count" {
                ensure(*fuel.get_or_insert(used) == used, format!("round {round}: {used} units"))?;
            }
        }
    }
    Ok(())
}

/// What it tells, such as the time, is that of its call.
pub fn the_state_is_made_when_the_call_is<E: Server>(engine: E) -> Result<(), Failed> {
    let now = Arc::new(AtomicU32::new(0));
    let module = engine.load(&wasm(), Limits::SERVER)?;
    let clock = now.clone();
    let state = move || State { calls: clock.load(Ordering::SeqCst), ..State::default() };
    let pool = Pool::new(engine, module, imports(Arc::default(), || Ok(0)), state);
    for time in 1..4 {
        now.store(time, Ordering::SeqCst);
        let told = pool.with(|guest| guest.with_state(|state| state.calls))?;
        ensure(told == Some(time), format!("at {time}: {told:?}"))?;
    }
    Ok(())
}

pub fn each_thread_has_its_own_guest<E: Server>(engine: E) -> Result<(), Failed> {
    let pool = pool(engine, &Arc::default())?;
    let together = Barrier::new(8);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    (0..500)
                        .all(|_| pool.call("count", b"", PLENTY, |reply| reply == Ok(&[1][..])) == Ok(true))
                })
            })
            .collect();
        let right = threads.into_iter().all(|thread| thread.join().unwrap_or(false));
        ensure(right, "a guest remembered")
    })
}

/// Threads drop what they keep: when they end, and else when they next use any pool.
pub fn a_pool_that_is_gone_keeps_nothing<E: Server>(engine: E) -> Result<(), Failed> {
    let alive = Arc::new(AtomicU32::new(0));
    let others = Arc::new(AtomicU32::new(0));
    let (one, other) = (pool(engine.clone(), &alive)?, pool(engine, &others)?);
    let call = |pool: &aingle_wasm_core::pool::Pool<E, _>| pool.call("count", b"", PLENTY, |_| ());
    thread::scope(|scope| scope.spawn(|| call(&one)).join().map_err(|_| "the thread panicked"))??;
    ensure(alive.load(Ordering::SeqCst) == 0, "a thread that ended left a guest")?;
    call(&one)?;
    ensure(alive.load(Ordering::SeqCst) == 1, "a thread keeps one guest")?;
    drop(one);
    call(&other)?;
    ensure(alive.load(Ordering::SeqCst) == 0, "a pool that is gone left a guest")
}

pub fn a_closure_that_panics_loses_one_guest<E: Server>(engine: E) -> Result<(), Failed> {
    let alive = Arc::new(AtomicU32::new(0));
    let pool = pool(engine, &alive)?;
    for _ in 0..3 {
        let thrown = catch_unwind(AssertUnwindSafe(|| pool.with(|_| panic!("as this test wants"))));
        ensure(thrown.is_err(), "the closure's panic is the caller's")?;
        ensure(alive.load(Ordering::SeqCst) == 0, "the guest is still there")?;
        let answer = pool.call("count", b"", PLENTY, owned)?;
        ensure(answer == Ok(vec![1]), format!("{answer:?}"))?;
    }
    Ok(())
}
