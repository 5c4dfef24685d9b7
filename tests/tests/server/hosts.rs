//! Host functions.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error},
    guest::Guest,
    pool::{NESTED, Pool},
};
use libtest_mimic::Failed;

use crate::{PLENTY, Server, State, ensure, examples::example, imports, load, owned, wasm};

pub fn a_closure_keeps_its_own_state<E: Server>(engine: E) -> Result<(), Failed> {
    let tally = Arc::new(AtomicU32::new(0));
    let imports = imports(tally.clone(), || Ok(0));
    for sum in [3_u32, 6] {
        let mut guest =
            Guest::load(engine.clone(), &wasm(), Limits::SERVER, imports.clone(), State::default())?;
        let mut entry = guest.entry("tally")?;
        let answer = guest.call(&mut entry, b"abc", PLENTY, owned)?;
        ensure(answer == Ok(sum.to_le_bytes().to_vec()), format!("{answer:?}"))?;
    }
    ensure(tally.load(Ordering::SeqCst) == 6, "the closure's state is not this one")
}

pub fn values_go_both_ways<E: Server>(engine: E) -> Result<(), Failed> {
    let mut guest = load(engine)?;
    let mut entry = guest.entry("divide")?;
    // Postcard: 600 and 2, then 300.
    let answer = guest.call(&mut entry, &[0xd8, 4, 2], PLENTY, owned)?;
    ensure(answer == Ok(vec![0xac, 2]), format!("{answer:?}"))?;
    ensure(guest.with_state(|state| state.calls) == Some(1), "the function saw another state")
}

/// Typed on both sides: a guest that was built with the SDK, and a plain Rust function.
pub fn a_guest_of_ours_asks_for_values<E: Server>(engine: E) -> Result<(), Failed> {
    let imports = imports(Arc::default(), || Ok(0));
    let wasm = example("average")?;
    let mut guest = Guest::load(engine, &wasm, Limits::SERVER, imports, State::default())?;
    let mut entry = guest.entry("average")?;
    for (request, expected) in [([20, 22, 2], Ok(vec![21])), ([1, 2, 0], Err(b"3 by 0".to_vec()))] {
        let answer = guest.call(&mut entry, &request, PLENTY, owned)?;
        ensure(answer == expected, format!("{answer:?}"))?;
    }
    Ok(())
}

pub fn an_error_reaches_the_guest<E: Server>(engine: E) -> Result<(), Failed> {
    let mut guest = load(engine)?;
    let mut entry = guest.entry("divide")?;
    for (request, words) in [(&[7, 0][..], "7 by 0"), (&[7], "the request cannot be read")] {
        let answer = guest.call(&mut entry, request, PLENTY, owned)?;
        ensure(answer == Err(words.as_bytes().to_vec()), format!("{answer:?}"))?;
    }
    let answer = guest.call(&mut entry, &[8, 2], PLENTY, owned)?;
    ensure(answer == Ok(vec![4]), format!("{answer:?} after an error"))
}

/// A host function that calls a guest of the pool gets another one; that of the call is busy.
pub fn calling_back_gets_another_guest<E: Server>(engine: E) -> Result<(), Failed> {
    let inner: Arc<OnceLock<Pool<E, State>>> = Arc::default();
    let again = {
        let inner = inner.clone();
        move || {
            let pool = inner.get().expect("the pool is there before a guest runs");
            pool.call("count", b"", PLENTY, |reply| reply.map_or(0, |bytes| bytes[0]))
        }
    };
    let module = engine.load(&wasm(), Limits::SERVER)?;
    let pool = Pool::new(engine, module, imports(Arc::default(), again), State::default);
    ensure(inner.set(pool.clone()).is_ok(), "there is one pool")?;
    for _ in 0..3 {
        let answer = pool.call("again", b"", PLENTY, owned)?;
        ensure(answer == Ok(vec![1]), format!("{answer:?}"))?;
    }
    Ok(())
}

/// Each of them has fuel of its own, and all need stack.
pub fn calling_back_for_ever_ends<E: Server>(engine: E) -> Result<(), Failed> {
    let inner: Arc<OnceLock<Pool<E, State>>> = Arc::default();
    let again = {
        let inner = inner.clone();
        move || {
            let pool = inner.get().expect("the pool is there before a guest runs");
            // One more than the guest that it calls, which tells why it cannot go on.
            match pool.call("again", b"", PLENTY, owned)? {
                Ok(levels) => Ok(levels[0] + 1),
                Err(words) => {
                    assert_eq!(words, Error::from(Abstain::Stack).to_string().as_bytes());
                    Ok(1)
                }
            }
        }
    };
    let module = engine.load(&wasm(), Limits::SERVER)?;
    let pool = Pool::new(engine, module, imports(Arc::default(), again), State::default);
    ensure(inner.set(pool.clone()).is_ok(), "there is one pool")?;
    let answer = pool.call("again", b"", PLENTY, owned)?;
    ensure(answer == Ok(vec![NESTED as u8 - 1]), format!("{answer:?}"))
}

pub fn a_panic_costs_one_call<E: Server>(engine: E) -> Result<(), Failed> {
    let mut guest = load(engine)?;
    let mut count = guest.entry("count")?;
    for _ in 0..3 {
        let mut panic = guest.entry("panic")?;
        guest.call(&mut count, b"", PLENTY, owned)?.ok();
        let answer = guest.call(&mut panic, b"", PLENTY, owned);
        ensure(answer == Err(Error::Abstain(Abstain::Panic)), format!("{answer:?}"))?;
        let answer = guest.call(&mut count, b"", PLENTY, owned)?;
        ensure(answer == Ok(vec![1]), format!("{answer:?} after a panic"))?;
    }
    Ok(())
}
