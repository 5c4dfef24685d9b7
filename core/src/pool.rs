//! One guest for many threads, fresh for every call.
//!
//! A running instance stays on the thread that started it: an engine's store may not move. So a pool is a handle that
//! threads share, and each thread keeps the instances that it has started: until it is gone, or uses any pool after this
//! one is gone. A thread that never calls again keeps its last instances for as long as it lives.
//!
//! ```text
//!            ┌─ thread 1:  guest ── with ── reset ─┐
//!  Pool ─────┤                    ◄────────────────┘
//!            └─ thread 2:  guest
//! ```

mod idle;

use std::{boxed::Box, cell::Cell, sync::Arc, thread_local};

use self::idle::Owner;
use crate::{
    engine::Engine,
    error::{Abstain, Error},
    guest::Guest,
    host::Imports,
};

/// Starts guests of one module, and hands each caller one that remembers nothing.
///
/// Memory and globals are put back after a call, also when it trapped; when its closure panicked the guest is dropped.
/// The host's state is made at a call's beginning, and that of the last call is then dropped. A host function may use the pool that its own guest is of: it gets another guest, up to [`NESTED`] within each
/// other.
pub struct Pool<E: Engine<T>, T: 'static> {
    shared: Arc<Shared<E, T>>,
}

struct Shared<E: Engine<T>, T: 'static> {
    engine: E,
    module: E::Module,
    imports: Imports<T>,
    state: Box<dyn Fn() -> T + Send + Sync>,
    owner: Owner,
}

impl<E, T> Pool<E, T>
where
    E: Engine<T, Module: 'static, Instance: 'static> + Clone + 'static,
    T: 'static,
{
    /// A pool of guests of `module`, which `engine` has loaded. `state` makes the host's state for a call.
    pub fn new(
        engine: E,
        module: E::Module,
        imports: impl Into<Imports<T>>,
        state: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        let (imports, state, owner) = (imports.into(), Box::new(state), Owner::new());
        Self { shared: Arc::new(Shared { engine, module, imports, state, owner }) }
    }

    /// Lends `with` a guest as it is after its start. An entry that was looked up on it is good for this one use.
    ///
    /// # Errors
    /// Why no guest could be started, as [`Guest::start`]; none when a guest of this thread waits.
    /// [`Abstain::Stack`] when this thread is within [`NESTED`] uses of pools already: each needs native stack, which no
    /// fuel bounds.
    pub fn with<R>(&self, with: impl FnOnce(&mut Guest<E, T>) -> R) -> Result<R, Error> {
        let _level = Level::enter().ok_or(Abstain::Stack)?;
        let Shared { engine, module, imports, state, owner } = &*self.shared;
        let mut guest = match owner.take::<Guest<E, T>>() {
            Some(mut guest) => {
                guest.with_state(|last| *last = state());
                guest
            }
            None => {
                let mut guest = Guest::start(engine.clone(), module.clone(), imports.clone(), state())?;
                guest.remember();
                guest
            }
        };
        let done = with(&mut guest);
        // A guest that cannot be put back is dropped, and the next call starts another.
        if guest.reset().is_ok() {
            owner.keep(guest);
        }
        Ok(done)
    }

    /// Calls `entry` of a guest as it is after its start; otherwise as [`Guest::call`].
    ///
    /// # Errors
    /// As [`Pool::with`], [`Guest::entry`] and [`Guest::call`].
    pub fn call<R>(
        &self,
        entry: &str,
        request: &[u8],
        fuel: u64,
        reply: impl FnOnce(Result<&[u8], &[u8]>) -> R,
    ) -> Result<R, Error> {
        self.with(|guest| {
            let mut entry = guest.entry(entry)?;
            guest.call(&mut entry, request, fuel, reply)
        })?
    }
}

impl<E: Engine<T>, T: 'static> Clone for Pool<E, T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

/// A use of a pool that is under way on this thread.
struct Level;

impl Level {
    /// `None` when there are too many.
    fn enter() -> Option<Self> {
        let level = LEVEL.get();
        (level < NESTED).then(|| {
            LEVEL.set(level + 1);
            Self
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVEL.set(LEVEL.get() - 1);
    }
}

thread_local! {
    static LEVEL: Cell<u32> = const { Cell::new(0) };
}

/// How many uses of pools a thread may have within each other, through host functions.
pub const NESTED: u32 = 16;
